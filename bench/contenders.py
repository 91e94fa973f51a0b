# SPDX-License-Identifier: Apache-2.0
"""Who is compared: Rootward, Debian's unbound, and an echo as the bound that nobody gets below.

Both resolvers have one thread that serves, the same anchors, hints and stubs, and room enough to
keep all that is asked for.
"""

import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from bench.process import Cores, Process
from bench.world import ADDRESS, SIGNED, UNSIGNED, World

HOST = "127.0.0.1"

_ROOTWARD = """\
.:{port} {{
    bind {host}
    errors
    loadbalance
    cache
    unbound {{
        {properties}
        trust_anchor {anchors}
        stub {unsigned} {address}
        stub {signed} {address}
    }}
}}
"""

_UNBOUND = """\
server:
    interface: {host}@{port}
    num-threads: 1
    do-daemonize: no
    chroot: ""
    username: ""
    pidfile: ""
    directory: "{folder}"
    use-syslog: no
    verbosity: 0
    do-not-query-localhost: no
    do-ip6: {ipv6}
    root-hints: "{hints}"
    trust-anchor-file: "{anchors}"
    module-config: "validator iterator"
    edns-buffer-size: 1232
    outgoing-range: 4096
    num-queries-per-thread: 2048
    msg-cache-size: 64m
    rrset-cache-size: 128m
    aggressive-nsec: no
remote-control:
    control-enable: no
stub-zone:
    name: "{unsigned}"
    stub-addr: {address}
stub-zone:
    name: "{signed}"
    stub-addr: {address}
"""


class Contender(ABC):
    """A server that can be started any number of times, each time with nothing cached."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port

    @abstractmethod
    def command(self, folder: Path) -> list[str | Path]:
        """Return what starts it, having written its configuration."""

    def start(self, cores: Cores, folder: Path) -> Process:
        """Start it; it may not answer yet."""
        return Process(self.command(folder), cores, folder / f"{self.name}.log")


class Rootward(Contender):
    """This checkout."""

    def __init__(self, world: World, port: int) -> None:
        super().__init__("rootward", port)
        self.world = world

    def command(self, folder: Path) -> list[str | Path]:
        """Write a Corefile: cache and loadbalance as in the built-in one, and no log."""
        world = self.world
        kept = [
            line
            for line in world.internet.unbound_properties.splitlines()
            if not line.startswith("trust_anchor")
        ]
        corefile = folder / "Corefile"
        corefile.write_text(
            _ROOTWARD.format(
                host=HOST,
                port=self.port,
                properties="\n        ".join(kept),
                anchors=world.anchors,
                unsigned=UNSIGNED,
                signed=SIGNED,
                address=ADDRESS,
            )
        )
        return [sys.executable, "-m", "resolver", "-conf", corefile]


class Unbound(Contender):
    """The unbound daemon in the path."""

    def __init__(self, world: World, port: int, program: Path) -> None:
        super().__init__("unbound", port)
        self.world = world
        self._program = program

    @staticmethod
    def find() -> Path | None:
        """Return where the daemon is, if it is installed."""
        found = shutil.which("unbound", path="/usr/sbin:/usr/local/sbin") or shutil.which("unbound")
        return Path(found) if found else None

    def version(self) -> str:
        """Return what it says it is."""
        done = subprocess.run([self._program, "-V"], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[0].removeprefix("Version ")

    def command(self, folder: Path) -> list[str | Path]:
        """Write its configuration."""
        config = folder / "unbound.conf"
        config.write_text(
            _UNBOUND.format(
                host=HOST,
                port=self.port,
                folder=folder,
                ipv6="yes" if self.world.internet.has_ipv6 else "no",
                hints=self.world.internet.root_hints,
                anchors=self.world.anchors,
                unsigned=UNSIGNED,
                signed=SIGNED,
                address=ADDRESS,
            )
        )
        return [self._program, "-d", "-c", config]


class Echo(Contender):
    """A program that sends each datagram back."""

    def __init__(self, program: Path, port: int) -> None:
        super().__init__("echo", port)
        self._program = program

    def command(self, folder: Path) -> list[str | Path]:
        """There is no configuration."""
        return [self._program, HOST, str(self.port)]
