# SPDX-License-Identifier: Apache-2.0
"""A server in the sandbox of its unit does all that it does elsewhere, and nothing else."""

import ctypes.util
import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.query
import pytest

from tests.acceptance.asking import short
from tests.command.apart import open_folder, status
from tests.command.running import PATIENCE_S, ROOT, RUN, Command
from tests.deploy.sandbox import environment, prepare
from tests.deploy.unit import analyze
from tests.internet import Internet
from tests.serve import query_message

NET_BIND_SERVICE = f"{1 << 10:016x}"
PAGES = {"health": "health", "ready": "ready", "prometheus": "metrics"}
COREFILE = """\
.:0 {{
    bind 127.0.0.1
    errors
    log
    reload
    health 127.0.0.1:{health}
    ready 127.0.0.1:{ready}
    prometheus 127.0.0.1:{prometheus}
    loadbalance
    acl
    cache
    hosts hosts {{
        fallthrough
    }}
    forward printers.example 127.0.0.1:9
    unbound {{
        {properties}
    }}
}}
"""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a service's sandbox"),
    pytest.mark.skipif(
        analyze() is None, reason="no systemd here, whose groups of system calls the unit names"
    ),
    pytest.mark.skipif(
        ctypes.util.find_library("seccomp") is None, reason="no libseccomp here to load filters"
    ),
]

Start = Callable[..., Command]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield the folder in which those of the service are."""
    with open_folder() as found:
        prepare(found)
        yield found


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Yield a function that starts the server, or other code, in the sandbox."""
    started: list[Command] = []

    def run(code: str = RUN, **more: str) -> Command:
        before = f"""
import pathlib, sys
from tests.deploy.sandbox import enter
enter(pathlib.Path({str(folder)!r}), {code!r}, sys.argv[1:])
"""
        names = {"ROOTWARD_CONTROL": "", **environment(folder), **more}
        started.append(Command(folder, before=before, **names))
        return started[-1]

    yield run
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody has now."""
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        pytest.param("open('/var/tmp/x', 'w')", errno.EROFS, id="the file system is read-only"),
        pytest.param("open('state/x', 'w')", None, id="but for its own folders"),
        pytest.param("import os; os.listdir('/proc/1')", errno.ENOENT, id="other processes"),
        pytest.param("open('/proc/sys/kernel/hostname')", errno.ENOENT, id="the kernel's settings"),
        pytest.param("open('/dev/kmsg')", errno.ENOENT, id="devices"),
        pytest.param("open('/dev/urandom', 'rb')", None, id="but for those that are none"),
        pytest.param(
            "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            errno.EAFNOSUPPORT,
            id="other families of sockets",
        ),
        pytest.param(
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
            errno.EPERM,
            id="raw sockets",
        ),
        pytest.param(
            "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
            None,
            id="but for asking about interfaces",
        ),
        pytest.param("import mmap; mmap.mmap(-1, 1, prot=7)", errno.EPERM, id="writable code"),
        pytest.param("import os; os.nice(0)", errno.EPERM, id="resources"),
        pytest.param(
            "import ctypes, os\n"
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "if libc.unshare(0x10000000) < 0: raise OSError(ctypes.get_errno(), '')",
            errno.EPERM,
            id="namespaces",
        ),
    ],
)
def test_the_sandbox_is_there(start: Start, code: str, refusal: int | None) -> None:
    """What the unit forbids fails here, with the errno that it fails with under systemd."""
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    end = "except OSError as error:\n    print(error.errno)"
    command = start(f"try:\n{lines}\n    print(None)\n{end}")
    assert command.end() == (0, f"{refusal}\n", "")


@pytest.mark.parametrize("named", ["python", "native"])
def test_it_serves(start: Start, folder: Path, internet: Internet, named: str) -> None:
    """It recurses and validates, forwards, reads files, shows its pages, reloads, and obeys."""
    properties = internet.unbound_properties
    for name, path in (("hints", internet.root_hints), ("anchor", internet.trust_anchor)):
        shutil.copyfile(path, folder / name)
        properties = properties.replace(str(path), str(folder / name))
    ports = dict(zip(PAGES, free_ports(3), strict=True))
    (folder / "Corefile").write_text(COREFILE.format(properties=properties, **ports))
    (folder / "hosts").write_text("192.0.2.1 printer.home.arpa\n")
    command = start(ROOTWARD_ENGINE=named)
    banner = command.up()
    [port] = [int(found[1]) for line in banner if (found := re.match(r"\.:(\d+) on ", line))]
    assert [line for line in banner if "[WARNING]" in line or "[ERROR]" in line] == []

    def answers(question: str) -> list[str]:
        query = query_message(question, ad=True, edns=True)
        asked = (
            ask(query, "127.0.0.1", PATIENCE_S, port) for ask in (dns.query.udp, dns.query.tcp)
        )
        return [short(response) for response in asked]

    for task in status(command):
        assert (task["CapEff"], task["NoNewPrivs"]) == (NET_BIND_SERVICE, "1")
        assert task["Seccomp"] == "2"
    assert answers("www.example.org. A") == ["NOERROR 1 ad"] * 2
    assert answers("printer.home.arpa. A") == ["NOERROR 1"] * 2
    assert answers("a.printers.example. A")[0].startswith("SERVFAIL")
    for name, page in PAGES.items():
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[name]}/{page}") as response:
            assert (response.status, len(response.read()) > 0) == (200, True)
    said = subprocess.run(
        [sys.executable, "-m", "resolver", "-control", folder / "run/control", "control", "stats"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert said.stdout
    (folder / "hosts").write_text("192.0.2.2 scanner.home.arpa\n")
    command.send("SIGUSR1")
    while "Reloading complete" not in (line := command.stdout.readline()):
        assert line and "Restart failed" not in line
    assert answers("scanner.home.arpa. A") == ["NOERROR 1"] * 2
    command.send("SIGTERM")
    returned, out, error = command.end()
    assert (returned, error) == (0, "")
    assert not (folder / "run/control").exists()


def test_its_trust_anchors_are_tracked(start: Start, folder: Path) -> None:
    """The anchor file of libunbound lies in the runtime folder, closed to all others."""
    (folder / "Corefile").write_text(".:0 {\n    bind 127.0.0.1\n    unbound\n}\n")
    command = start()
    banner = command.up()
    assert [line for line in banner if "[WARNING]" in line] == []
    [file] = (folder / "run").glob("rootward-*/root.key")
    assert file.stat().st_mode & 0o077 == 0
    command.send("SIGTERM")
    assert command.end()[0] == 0
    assert list((folder / "run").iterdir()) == []
