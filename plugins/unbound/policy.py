# SPDX-License-Identifier: Apache-2.0
"""What `unbound` decides, as data: which names it answers, whom it refuses, how it tells why.

The handler reads nothing else, so that another engine can do the same from the same data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import dns.rcode

from plugins.unbound import ede
from resolver import names, wire
from resolver.errors import Ede

NXNAME = 128  # RFC 9824: stands in NSEC records, never in a question
TKEY, TSIG = 249, 250
HINFO = 13
ANY_TTL_S = 3600
# CPU and OS of the HINFO record that answers ANY (RFC 8482, 4.2).
ANY_RDATA = b"\x07RFC8482\x00"

_BAD_TYPE = Ede(ede.INVALID_QUERY_TYPE, "not a type that can be asked for")


class Refusal(NamedTuple):
    """How a QTYPE is turned down."""

    rcode: int
    ede: Ede | None = None


_FORMERR = Refusal(int(dns.rcode.FORMERR), _BAD_TYPE)
_NOTIMP = Refusal(int(dns.rcode.NOTIMP))

REFUSED_TYPES: Mapping[int, Refusal] = MappingProxyType(
    {
        0: _FORMERR,
        wire.OPT: _FORMERR,
        NXNAME: _FORMERR,
        TKEY: _FORMERR,
        TSIG: _FORMERR,
        wire.IXFR: _NOTIMP,
        wire.AXFR: _NOTIMP,
        wire.MAILB: _NOTIMP,
        wire.MAILA: _NOTIMP,
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What one `unbound` directive answers, and how.

    zones: FROM. excepted: zones below them that it leaves to the next plugin. snoop: whether RD=0
    sees recursive data. refused_types: QTYPEs that are never asked, with their answers. bogus: text
    of why_bogus and the INFO-CODE of its EDE, in order.
    """

    zones: frozenset[bytes] = frozenset((names.ROOT,))
    excepted: frozenset[bytes] = frozenset()
    snoop: bool = False
    refused_types: Mapping[int, Refusal] = field(default_factory=lambda: REFUSED_TYPES, hash=False)
    bogus: tuple[tuple[str, int], ...] = ede.BOGUS

    @property
    def is_limited(self) -> bool:
        """Whether there are names that are left to the next plugin."""
        return names.ROOT not in self.zones or bool(self.excepted)

    def covers(self, qname: bytes) -> bool:
        """Return whether names like this are answered here: in FROM, and not in `except`."""
        return (names.ROOT in self.zones or _has_zone_of(self.zones, qname)) and not (
            self.excepted and _has_zone_of(self.excepted, qname)
        )


def _has_zone_of(zones: frozenset[bytes], qname: bytes) -> bool:
    return names.longest_match(qname, zones) is not None
