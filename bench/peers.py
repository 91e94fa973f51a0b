# SPDX-License-Identifier: Apache-2.0
"""Other resolvers as contenders, each if it is installed: unbound, kresd, named, and two more.

Each has one thread or worker for questions, logs nothing of them, and may ask servers on loopback.
CoreDNS recurses by way of another contender: only what it has cached is its own work.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.configurations import COREDNS, KRESD, NAMED, RECURSOR, RECURSOR_YAML, UNBOUND
from bench.contenders import HOST, Contender
from bench.world import World

_PATH = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")


class Peer(Contender):
    """A program in the path, with its configuration in one file."""

    program = ""

    def __init__(self, world: World, port: int, name: str = "", threads: int = 1) -> None:
        super().__init__(name or self.program, port)
        self.world = world
        self.threads = threads

    @classmethod
    def find(cls) -> str | None:
        """Return where the program is, if it is installed."""
        return shutil.which(cls.program, path=_PATH)

    def version(self) -> str:
        """Return the first line of what it says of itself that has its version."""
        found = self.find() or self.program
        for flag in ("-V", "-v", "--version", "-version"):
            done = subprocess.run(
                [found, flag], capture_output=True, text=True, check=False, env={"PATH": _PATH}
            )
            lines = (done.stdout + done.stderr).splitlines()
            for line in lines if done.returncode in (0, 99) else ():
                if any(letter.isdigit() for letter in line):
                    return re.sub(r"^[A-Z][a-z]{2} +\d+ [\d:]+ ", "", line.strip())
        return "unknown version"

    def write(self, folder: Path, name: str, template: str, **values: object) -> Path:
        """Write a configuration and return where it is."""
        world = self.world
        anchors = [line.split() for line in world.anchors.read_text().splitlines()]
        has_ipv6 = world.internet.has_ipv6
        path = folder / name
        path.write_text(
            template.format(
                host=HOST,
                port=self.port,
                threads=self.threads,
                folder=folder,
                hints=world.internet.root_hints,
                anchors=world.anchors,
                ipv6="yes" if has_ipv6 else "no",
                has_ipv6="true" if has_ipv6 else "false",
                and_ipv6=", ::" if has_ipv6 else "",
                quoted_ipv6=', "::"' if has_ipv6 else "",
                kresd_anchors="\n".join(f"trust_anchors.add('{' '.join(a)}')" for a in anchors),
                named_anchors="\n".join(
                    f'    "{a[0]}" static-ds {" ".join(a[4:7])} "{"".join(a[7:])}";'
                    for a in anchors
                ),
                recursor_anchors="\n".join(
                    f'    - {{name: "{a[0]}", dsrecords: ["{" ".join(a[4:7])} {"".join(a[7:])}"]}}'
                    for a in anchors
                ),
                **values,
            )
        )
        return path


class Unbound(Peer):
    """The unbound daemon."""

    program = "unbound"

    def command(self, folder: Path) -> list[str | Path]:
        """Write its configuration."""
        return [
            self.find() or self.program,
            "-d",
            "-c",
            self.write(folder, "unbound.conf", UNBOUND),
        ]


class Kresd(Peer):
    """Knot Resolver's worker."""

    program = "kresd"

    def command(self, folder: Path) -> list[str | Path]:
        """Write its configuration, and forget its cache, which it keeps in files."""
        shutil.rmtree(folder / "cache", ignore_errors=True)
        config = self.write(folder, "kresd.conf", KRESD)
        return [self.find() or self.program, "-n", "-c", config, folder]


class Named(Peer):
    """BIND."""

    program = "named"

    def command(self, folder: Path) -> list[str | Path]:
        """Write its configuration."""
        config = self.write(folder, "named.conf", NAMED)
        return [self.find() or self.program, "-g", "-n", str(self.threads), "-c", config]


class Recursor(Peer):
    """The PowerDNS recursor."""

    program = "pdns_recursor"

    def command(self, folder: Path) -> list[str | Path]:
        """Write its configuration: as YAML from version 5 on, else with anchors in a file apart."""
        if int(re.findall(r"\d+", self.version())[0]) >= 5:
            self.write(folder, "recursor.yml", RECURSOR_YAML)
        else:
            anchors = ['clearTA(".")']
            for line in self.world.anchors.read_text().splitlines():
                owner, _, _, _, *ds = line.split()
                anchors.append(f'addTA("{owner}", "{" ".join(ds[:3])} {"".join(ds[3:])}")')
            (folder / "anchors.lua").write_text("\n".join(anchors) + "\n")
            self.write(folder, "recursor.conf", RECURSOR)
        return [self.find() or self.program, f"--config-dir={folder}"]


class CoreDns(Peer):
    """CoreDNS, asking another contender for what it has not cached."""

    program = "coredns"
    recurses = False

    def __init__(self, world: World, port: int, upstream: Contender) -> None:
        super().__init__(world, port)
        self._upstream = upstream

    def command(self, folder: Path) -> list[str | Path]:
        """Write its Corefile; GOMAXPROCS is the one core that it is given."""
        corefile = self.write(folder, "Corefile", COREDNS, upstream=self._upstream.port)
        return ["env", "GOMAXPROCS=1", self.find() or self.program, "-conf", corefile]


def find_peers(
    world: World, port: int, upstream: Contender, say: Callable[[str], None]
) -> list[Contender]:
    """Return those that are installed, on ports from `port` on; say which are not."""
    kinds: Sequence[type[Peer]] = (Unbound, Kresd, Named, Recursor)
    found: list[Contender] = []
    for number, kind in enumerate(kinds):
        if kind.find() is None:
            say(f"{kind.program} is not installed: left out")
        else:
            found.append(kind(world, port + number))
    if CoreDns.find() is None:
        say("coredns is not in the path (go install github.com/coredns/coredns@latest): left out")
    else:
        found.append(CoreDns(world, port + len(kinds), found[0] if found else upstream))
    return found
