# SPDX-License-Identifier: Apache-2.0
"""Who is compared: what a contender is, and Rootward as one. The others: peers.py.

All have one thread that serves, the same hints and anchors, and room enough to keep all that is
asked for. The two zones of measurements are delegated to: nobody is told where they are.
"""

import sys
from abc import ABC, abstractmethod
from pathlib import Path

from bench.process import Cores, Process
from bench.world import World

HOST = "127.0.0.1"

_COREFILE = """\
.:{port} {{
    bind {host}
    errors
    loadbalance
{ahead}
    cache {{
        max_bytes 1GiB
{kept}    }}
{behind}
    unbound {{
        trust_anchor {anchors}
        root_hints {hints}
        option do-not-query-localhost no
        option do-ip6 {ipv6}
    }}
}}
"""


class Contender(ABC):
    """A server that can be started any number of times, each time with nothing cached."""

    recurses = True  # else its misses are another server's
    validates = True  # else responses of signed zones may lack AD

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port

    @abstractmethod
    def command(self, folder: Path) -> list[str | Path]:
        """Return what starts it, having written its configuration."""

    def version(self) -> str:
        """Return what it says it is."""
        return ""

    def start(self, cores: Cores, folder: Path) -> Process:
        """Start it; it may not answer yet."""
        where = folder / f"{self.name}-{self.port}"
        where.mkdir(exist_ok=True)
        return Process(self.command(where), cores, where / "log")


class Rootward(Contender):
    """This checkout, with cache and loadbalance as in its built-in Corefile and no log.

    `ahead` and `behind` are lines of the Corefile on either side of *cache*; `persist` is a file
    that keeps the cache.
    """

    persist: Path | None = None

    def __init__(
        self, world: World, port: int, name: str = "rootward", ahead: str = "", behind: str = ""
    ) -> None:
        super().__init__(name, port)
        self.world = world
        self._ahead = ahead
        self._behind = behind

    def command(self, folder: Path) -> list[str | Path]:
        """Write the Corefile."""
        corefile = folder / "Corefile"
        corefile.write_text(
            _COREFILE.format(
                host=HOST,
                port=self.port,
                ahead=self._ahead,
                behind=self._behind,
                kept="" if self.persist is None else f"        persist {self.persist}\n",
                anchors=self.world.anchors,
                hints=self.world.internet.root_hints,
                ipv6="yes" if self.world.internet.has_ipv6 else "no",
            )
        )
        return [sys.executable, "-m", "resolver", "-conf", corefile]


class Echo(Contender):
    """A program that sends each datagram back: the bound that nobody gets below."""

    def __init__(self, program: Path, port: int) -> None:
        super().__init__("echo", port)
        self._program = program

    def command(self, folder: Path) -> list[str | Path]:
        """There is no configuration."""
        return [self._program, HOST, str(self.port)]
