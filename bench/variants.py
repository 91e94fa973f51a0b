# SPDX-License-Identifier: Apache-2.0
"""Rootward with other Corefiles: what each addition costs hits and misses."""

from collections.abc import Sequence
from pathlib import Path

from bench.contenders import HOST, Contender, Rootward
from bench.process import Cores, Process
from bench.world import World

_METRICS = f"    prometheus {HOST}:{{port}}\n"
_ACL = "    acl {\n        allow net 127.0.0.0/8\n        block net 203.0.113.0/24\n    }\n"
_LOG = "    log\n"
_HOME_AHEAD = f"""\
{_METRICS}    health {HOST}:{{health}}
    ready {HOST}:{{ready}}
    reload
    local
    any
    nsid home
    minimal
"""
_HOME_BEHIND = """\
    hosts @folder@/hosts home.arpa {
        fallthrough
    }
    file @folder@/db.home.arpa home.arpa
    forward corp.example.org 192.0.2.53
"""
_HOSTS = "192.168.1.1 router.home.arpa\n192.168.1.9 printer.home.arpa\n"
_ZONE = """\
$TTL 1h
@ IN SOA ns.home.arpa. host.home.arpa. 1 2h 1h 2w 5m
  IN NS ns
ns IN A 192.168.1.1
"""
# claims each name that is not cached, decides by a regular expression, and leaves it alone
_CLAIMS = """\
    template IN A . {
        match ^nothing[.]
        answer "{{ .Name }} 60 IN A 192.0.2.1"
        fallthrough
    }
"""


class Variant(Rootward):
    """Rootward with more lines, and the files that they name."""

    def command(self, folder: Path) -> list[str | Path]:
        """Write files and Corefile."""
        (folder / "hosts").write_text(_HOSTS)
        (folder / "db.home.arpa").write_text(_ZONE)
        command = super().command(folder)
        corefile = folder / "Corefile"
        corefile.write_text(corefile.read_text().replace("@folder@", str(folder)))
        return command


def variants(world: World, port: int) -> Sequence[Contender]:
    """Return Rootward as it is, and with each addition."""

    def metrics(number: int) -> str:
        return _METRICS.format(port=port + 10 + number)

    home = _HOME_AHEAD.format(port=port + 20, health=port + 21, ready=port + 22)
    return (
        Variant(world, port, "plain"),
        Variant(world, port + 1, "prometheus, acl", metrics(1) + _ACL),
        Variant(world, port + 2, "log", _LOG),
        Variant(world, port + 3, "log, prometheus", _LOG + metrics(3)),
        Variant(world, port + 4, "a house's Corefile", home + _ACL, _HOME_BEHIND),
        Variant(world, port + 5, "claimed by a plugin", "", _CLAIMS),
    )


class Wide(Contender):
    """A contender on all cores, the load generator's too."""

    def __init__(self, inner: Contender) -> None:
        super().__init__(inner.name, inner.port)
        self._inner = inner

    def command(self, folder: Path) -> list[str | Path]:
        """Write what the contender writes."""
        return self._inner.command(folder)

    def start(self, cores: Cores, folder: Path) -> Process:
        """Start it on all cores."""
        return super().start(Cores(cores.server | cores.others, cores.others), folder)
