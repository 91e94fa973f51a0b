# SPDX-License-Identifier: Apache-2.0
"""A command apart: in a network of its own whose low ports are closed, as root's to give up.

What a user other than root needs of the checkout must be readable for it. Where the checkout lies
in a closed folder, such as root's home, that folder is covered by an open one, in a mount
namespace of the command's own, and the checkout is put back in its place.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.command.running import PATIENCE_S, ROOT, Command

_ENTER = """
import ctypes, fcntl, os, pathlib, socket, struct, subprocess, tempfile
CLONE_NEWNS, CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP = 0x20000, 0x40000000, 0x8914, 1
assert ctypes.CDLL(None).unshare(CLONE_NEWNS | CLONE_NEWNET) == 0
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
def mount(*words):
    subprocess.run(["mount", *words], check=True)
mount("--make-rprivate", "/")
root = pathlib.Path({root!r})
closed = [each for each in reversed(root.parents) if not each.stat().st_mode & 0o001]
if closed:
    aside = tempfile.mkdtemp()
    mount("--bind", str(root), aside)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(closed[0]))
    root.mkdir(parents=True)
    mount("--move", aside, str(root))
    os.rmdir(aside)
os.environ.pop("ROOTWARD_NETNS", None)
os.setgroups([0, 1])
"""
_ASK = """
import sys, dns.message, dns.query
query = dns.message.make_query("example.org.", "A")
for ask in (dns.query.udp, dns.query.tcp):
    print(ask(query, "127.0.0.1", port=int(sys.argv[1]), timeout=20).rcode())
"""

ENTER = _ENTER.format(root=str(ROOT))


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a folder that everybody may read, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def ask(command: Command, port: int) -> list[str]:
    """Return the RCODEs of an answer over UDP and one over TCP, asked in the command's network."""
    network = f"--net=/proc/{command.process.pid}/ns/net"
    done = subprocess.run(
        ["nsenter", network, sys.executable, "-c", _ASK, str(port)],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=True,
    )
    return done.stdout.split()


def status(command: Command) -> list[dict[str, str]]:
    """Return what the kernel tells of each thread of the command: its status, by field."""
    tasks = Path(f"/proc/{command.process.pid}/task")
    found = [(task / "status").read_text() for task in tasks.iterdir()]
    lines = [[line.partition(":") for line in text.splitlines()] for text in found]
    return [{name: " ".join(value.split()) for name, _, value in each} for each in lines]
