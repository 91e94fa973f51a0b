# SPDX-License-Identifier: Apache-2.0
"""Played: a directive that answers each question alike whenever it comes, in every shape.

It stands where `unbound` would, so that the TTLs and sections of two servers can be compared to the
second: nothing in it knows of time. The shape is that of the name's first label.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import dns.rcode
import dns.rdatatype

from resolver import names
from resolver.corefile.controller import Controller
from resolver.errors import Ede, ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response, Validation
from resolver.testing import rr
from resolver.types import Rcode, ResponseWriter

ORIGIN = "played.example."
SOA = f"{ORIGIN} 3600 IN SOA ns.{ORIGIN} host.{ORIGIN} 1 7200 3600 1209600 60"
_ENDS = 4_000_000_000
_RRSIG = "{} {} IN RRSIG {} 13 2 300 20960102030405 20230101000000 1 " + ORIGIN + " " + "QUJD" * 21


class Shape(NamedTuple):
    """What is answered: lines in which % is the name, by section."""

    answer: Sequence[str] = ()
    authority: Sequence[str] = ()
    additional: Sequence[str] = ()
    rcode: str = "NOERROR"
    validation: Validation = Validation.NONE
    recursive: bool = False
    ede: tuple[Ede, ...] = ()
    options: tuple[tuple[int, bytes], ...] = ()
    qtypes: Sequence[str] = ("A",)


def _signed(owner: str, covered: str, ttl: int = 300) -> str:
    return _RRSIG.format(owner, ttl, covered)


def _addresses(count: int, ttl: int = 300) -> list[str]:
    return [f"% {ttl} IN A 192.0.2.{n}" for n in range(1, count + 1)]


_NS = [f"{ORIGIN} 900 IN NS ns{n}.{ORIGIN}" for n in range(4)]
_GLUE = [f"ns{n}.{ORIGIN} {20 + 40 * n} IN A 198.51.100.{n}" for n in range(4)]
_DENIED = [
    SOA,
    _signed(ORIGIN, "SOA"),
    f"m.{ORIGIN} 60 IN NSEC o.{ORIGIN} A RRSIG NSEC",
    _signed(f"m.{ORIGIN}", "NSEC", 60),
]

SHAPES = {
    "one": Shape(_addresses(1)),
    "four": Shape(_addresses(4)),
    "thirty": Shape(_addresses(30, 60)),
    "secure": Shape(
        [*_addresses(2), _signed("%", "A")],
        [*_NS, _signed(ORIGIN, "NS", 900)],
        [*_GLUE, _signed(f"ns1.{ORIGIN}", "A", 30)],
        validation=Validation.SECURE,
        recursive=True,
        qtypes=("A", "ANY"),
    ),
    "insecure": Shape(_addresses(3, 20), validation=Validation.INSECURE, recursive=True),
    "bogus": Shape(
        _addresses(2), validation=Validation.BOGUS, recursive=True, ede=(Ede(6, "not so"),)
    ),
    "unequal": Shape(
        ["% 30 IN CNAME www.%", "www.% 300 IN CNAME w.%", "w.% 20 IN A 192.0.2.1"], _NS, _GLUE
    ),
    "mx": Shape([f"% 300 IN MX {n} ns{n}.{ORIGIN}" for n in range(4)], _NS, _GLUE, qtypes=("MX",)),
    "mixed": Shape(
        [*_addresses(3), *(f"% 300 IN AAAA 2001:db8::{n}" for n in range(3))],
        qtypes=("A", "AAAA", "ANY"),
    ),
    "text": Shape(
        [f'% 300 IN TXT "{n} {"x" * 200}"' for n in range(6)], [SOA], _GLUE, qtypes=("TXT",)
    ),
    "huge": Shape(
        [f'% 300 IN TXT "{n} {"x" * 240}"' for n in range(60)],
        validation=Validation.SECURE,
        recursive=True,
        qtypes=("TXT",),
    ),
    "services": Shape(
        [
            "% 300 IN SRV 1 2 5060 four.played.example.",
            "% 300 IN SRV 2 2 5060 one.played.example.",
        ],
        (),
        ["one.played.example. 5 IN A 192.0.2.1"],
        qtypes=("SRV",),
    ),
    "https": Shape(["% 300 IN HTTPS 1 . alpn=h2 port=853"], qtypes=("HTTPS",)),
    "at-once": Shape(_addresses(2, 0)),
    "long": Shape(_addresses(2, 864000)),
    "nxdomain": Shape((), [SOA], rcode="NXDOMAIN"),
    "denied": Shape((), _DENIED, rcode="NXDOMAIN", validation=Validation.SECURE, recursive=True),
    "alias-to-nothing": Shape(["% 300 IN CNAME nowhere.%"], [SOA], rcode="NXDOMAIN"),
    "no-soa": Shape((), (), rcode="NXDOMAIN"),
    "empty": Shape(),
    "no-data": Shape((), [SOA]),
    "referral": Shape((), _NS, _GLUE),
    "servfail": Shape((), (), rcode="SERVFAIL", ede=(Ede(22, "nobody answered"), Ede(23))),
    "notimp": Shape((), (), rcode="NOTIMP"),
    "refused": Shape((), (), rcode="REFUSED", ede=(Ede(18),)),
    "yxdomain": Shape(["% 300 IN A 192.0.2.1"], (), rcode="YXDOMAIN"),
    "badcookie": Shape((), (), rcode="BADCOOKIE"),
    "noted": Shape(
        _addresses(2), ede=(Ede(29, "made"), Ede(0, "x" * 100)), options=((3, b"a server"),)
    ),
    "raises": Shape(),
    "writes-nothing": Shape(),
}


@functools.lru_cache(4096)
def _made(qname: bytes, qtype: int, qclass: int, do: bool, cd: bool) -> Response:
    text = names.to_text(qname)
    shape = SHAPES.get(text.partition(".")[0], SHAPES["nxdomain"])
    kind = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(qtype))
    if shape.validation is Validation.BOGUS and not cd:
        shape = shape._replace(answer=(), rcode="SERVFAIL")
    elif shape.answer and kind not in shape.qtypes:
        shape = SHAPES["no-data"]
    records = [
        record
        for number, lines in enumerate((shape.answer, shape.authority, shape.additional), 1)
        for line in lines
        for record in rr(line.replace("%", text), number)
    ]
    made = Response.from_records(
        qname,
        qtype,
        records,
        qclass=qclass,
        rcode=int(dns.rcode.from_text(shape.rcode)),
        validation=shape.validation,
        recursive=shape.recursive,
        ede=shape.ede,
        options=shape.options,
        plugin="played",
    )
    return made if do else made.without_dnssec()


class Played(Plugin):
    """Answers by the shape that the name's first label names, NXDOMAIN if there is none."""

    name = "played"

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Write the answer; `raises` raises, `writes-nothing` only returns an RCODE."""
        first = request.qname[1 : 1 + request.qname[0]]
        if first == b"raises":
            raise ResolverError("as it was told")
        if first == b"writes-nothing":
            return int(dns.rcode.SERVFAIL)
        made = _made(request.qname, request.qtype, request.qclass, request.do, request.cd)
        writer.write(made)
        return made.rcode


def setup(controller: Controller) -> None:
    """Add a Played."""
    for directive in controller.directives():
        directive.no_args()
    controller.add_plugin(Played())
