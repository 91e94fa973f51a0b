# SPDX-License-Identifier: Apache-2.0
"""Queries of all kinds: what the end of the chain does with each, and how C would serve it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from plugins.unbound.unbound import LATE
from plugins.unbound.unbound import TOO_MANY as MANY
from resolver.engine.observed import FAILURES
from resolver.errors import Ede, ResolverError
from resolver.request import Edns, Endpoint, Transport
from resolver.response import Response, Validation
from resolver.testing import LOCAL, request, response
from tests.native.feeding import (
    ACL,
    BLOCKED,
    CACHE,
    DROPPED,
    FILTERED,
    HIT_DENIAL,
    HIT_SUCCESS,
    MALFORMED,
    MISSED,
    NO_ACL,
    NO_ZONE,
    NONE,
    NOT_A_QUERY,
    OPCODE,
    PROHIBITED,
    QCLASS,
    SERVER,
    TOO_LATE,
    TOO_MANY,
    UNBOUND,
    VERSION,
    Came,
)
from tests.native.observed_house import INSIDE, OUTSIDE

TOOK_MS = 125  # an eighth of a second: sums of it are exact
TOOK_NS = TOOK_MS * 1_000_000
PATIENCE_MS = 4000
CLIENT = Endpoint("192.0.2.7", 4711)
BLOCKED_CLIENT = Endpoint("192.0.2.66", 4712)
CLIENT_6 = Endpoint("2001:db8::7", 50759)
STRANGER = Endpoint("198.51.100.1", 99)
SOA = "example.org. 60 IN SOA ns.example.org. host.example.org. 1 2 3 4 60"
SIGNATURE = (
    "www.example.org. 300 IN RRSIG AAAA 13 3 300 20380101000000 20200101000000 1 example.org. AAAA"
)
ENDED = "www.example.net. 300 IN RRSIG A 13 3 300 20200101000000 20190101000000 1 net. AAAA"

ANSWER = response(
    "www.example.org. A",
    ["www.example.org. 300 IN A 192.0.2.1"],
    validation=Validation.INSECURE,
    plugin="unbound",
)
SIGNED = response(
    "www.example.org. AAAA",
    ["www.example.org. 300 IN AAAA 2001:db8::1", SIGNATURE],
    validation=Validation.SECURE,
    plugin="unbound",
)
DENIED = response(
    "no.example.org. MX",
    authority=[SOA],
    rcode="NXDOMAIN",
    validation=Validation.INSECURE,
    plugin="unbound",
)
BOGUS = response(
    "bad.example.org. A",
    rcode="SERVFAIL",
    validation=Validation.BOGUS,
    ede=(Ede(6),),
    plugin="unbound",
)
INSIDE_ANSWER = response(
    "www.example.org. SRV", ["www.example.org. 300 IN SRV 0 0 1 ."], plugin="unbound"
)
EXPIRED = response(
    "www.example.net. A", ["www.example.net. 300 IN A 192.0.2.1", ENDED], plugin="unbound"
)


@dataclass
class Step:
    """A query: what the end of the chain does with it, and how C would have served it.

    takes_ms: how long the end of the chain takes; as long as the query's deadline: it is late.
    """

    question: str
    says: Callable[[], Response] | None = None
    served: dict[str, Any] = field(default_factory=dict)
    client: Endpoint = CLIENT
    asked: dict[str, Any] = field(default_factory=dict)
    image: Response | None = None
    takes_ms: int = TOOK_MS
    octets: bytes = b""

    @property
    def came(self) -> Came:
        octets = self.octets or request(self.question, **self.asked).wire
        transport = self.asked.get("transport", Transport.DO53_UDP)
        return Came(octets, self.client, LOCAL, transport)


def raising(text: str, ede: Ede) -> Callable[[], Response]:
    """Return what fails so."""

    def fail() -> Response:
        raise ResolverError(text, ede=ede)

    return fail


def miss(answer: Response, **changes: Any) -> dict[str, Any]:
    """Return the fields of what recursion answered."""
    return {
        "says": lambda: answer,
        "image": answer,
        "served": {"block": OUTSIDE, "by": UNBOUND, "found": MISSED, "duration_ns": TOOK_NS},
        **changes,
    }


def hit(answer: Response, found: int, **changes: Any) -> dict[str, Any]:
    """Return the fields of what is kept."""
    return {
        "image": answer,
        "served": {"block": OUTSIDE, "by": CACHE, "found": found, "duration_ns": 0},
        **changes,
    }


def ruled(access: int, zone: int = NONE, block_zone: int = 0, **more: Any) -> dict[str, Any]:
    """Return the fields of what acl answered."""
    return {
        "block": OUTSIDE,
        "zone": block_zone,
        "by": ACL,
        "access": access,
        "acl_zone": zone,
        "rcode": 0 if access == FILTERED else 5,
        **more,
    }


def rejected(reason: int, rcode: int = 0, sent: int = 0) -> dict[str, Any]:
    """Return the fields of what no chain was asked about."""
    return {"rejection": reason, "rcode": rcode, "sent": sent, "block": NONE, "is_sent": sent > 0}


FAILED: dict[str, Any] = {
    "block": OUTSIDE,
    "by": SERVER,
    "found": MISSED,
    "rcode": 2,
    "duration_ns": TOOK_NS,
}
SIX: dict[str, Any] = {"client": CLIENT_6, "asked": {"do": True, "edns": Edns(4096), "ad": True}}
TCP: dict[str, Any] = {"asked": {"transport": Transport.DO53_TCP, "id": 9, "cd": True}}
LATE_NS = PATIENCE_MS * 1_000_000

STEPS = [
    Step("www.example.org. A", **miss(ANSWER)),
    Step("www.example.org. A", **hit(ANSWER, HIT_SUCCESS)),
    Step("WWW.example.ORG. A", **hit(ANSWER, HIT_SUCCESS), **TCP),
    Step("www.example.org. AAAA", **miss(SIGNED), **SIX),
    Step("www.example.org. AAAA", **hit(SIGNED, HIT_SUCCESS), **SIX),
    Step("no.example.org. MX", **miss(DENIED)),
    Step("no.example.org. MX", **hit(DENIED, HIT_DENIAL), **TCP),
    Step("bad.example.org. A", **miss(BOGUS)),
    Step(
        "www.example.net. A",
        **miss(
            EXPIRED,
            served={
                "block": OUTSIDE,
                "zone": 1,
                "by": UNBOUND,
                "found": MISSED,
                "duration_ns": TOOK_NS,
            },
        ),
        asked={"do": True},
    ),
    Step(
        "www.example.org. SRV",
        lambda: INSIDE_ANSWER,
        {"block": INSIDE, "by": UNBOUND, "access": NO_ACL, "duration_ns": TOOK_NS},
        client=Endpoint("10.0.0.1", 1),
        image=INSIDE_ANSWER,
    ),
    Step("a.example.org. NULL", served=ruled(DROPPED, 0, is_sent=False)),
    Step("a.example.net. TXT", served=ruled(FILTERED, 1, 1)),
    Step("a.www.example.net. A", served=ruled(BLOCKED, 2, 1), client=BLOCKED_CLIENT),
    Step("a.example.org. A", served=ruled(PROHIBITED), client=STRANGER),
    Step("many.example.org. A", raising(FAILURES[1], MANY), {**FAILED, "failure": TOO_MANY}),
    Step("late.example.org. A", raising(FAILURES[2], LATE), {**FAILED, "failure": TOO_LATE}),
    Step("a.example.com. A", served=rejected(NO_ZONE, 5, 31)),
    Step("a.example.org. CH TXT", served=rejected(QCLASS, 5, 31)),
    Step("", served=rejected(MALFORMED, 1, 12), octets=bytes(4) + b"\0\2" + bytes(6)),
    Step("", served=rejected(OPCODE, 4, 12), octets=bytes(2) + b"\x28\0" + bytes(8)),
    Step("", served=rejected(NOT_A_QUERY), octets=b"\1\2\3"),
    Step("a.example.org. A", served=rejected(VERSION, 16, 42), asked={"edns": Edns(1232, 7)}),
    Step(
        "slow.example.org. CAA",
        lambda: response("slow.example.org. CAA", plugin="unbound"),
        {**FAILED, "duration_ns": LATE_NS, "is_late": True},
        takes_ms=PATIENCE_MS,
    ),
]
# Once their time has passed, what was kept is stale: it is left at the deadline.
STALE = Step(
    "www.example.org. A",
    lambda: ANSWER,
    {
        "block": OUTSIDE,
        "by": CACHE,
        "found": HIT_SUCCESS,
        "is_stale": True,
        "is_late": True,
        "duration_ns": LATE_NS,
    },
    image=ANSWER,
    takes_ms=PATIENCE_MS,
)
