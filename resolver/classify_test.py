# SPDX-License-Identifier: Apache-2.0
"""Types and classes of responses."""

from typing import Any

import pytest

from resolver import names, wire
from resolver.classify import (
    MAX_ALIASES,
    Class,
    Kind,
    class_of,
    is_answered,
    kind_of,
    response_class,
    signatures_left_s,
)
from resolver.response import Response
from resolver.testing import WALL_S, response
from resolver.wire import Record

A = "example.org. 300 IN A 192.0.2.1"
SOA = "example.org. 300 IN SOA ns.example.org. admin.example.org. 1 7200 3600 1209600 60"
NS = "example.org. 300 IN NS ns.example.org."
CNAME = "www.example.org. 300 IN CNAME example.org."
SIGNATURE = (
    "example.org. 300 IN RRSIG A 13 2 300 {} 20260101000000 1 example.org. "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
)
VALID = SIGNATURE.format(int(WALL_S) + 100)
ENDED = SIGNATURE.format(int(WALL_S) - 1)


@pytest.mark.parametrize(
    "question, sections, rcode, do, want",
    [
        pytest.param("example.org. A", {"answer": [A]}, "NOERROR", False, "NOERROR", id="answer"),
        pytest.param("example.org. A", {}, "NOERROR", False, "NOERROR", id="empty"),
        pytest.param(
            "example.org. MX", {"authority": [SOA]}, "NOERROR", False, "NODATA", id="no data"
        ),
        pytest.param(
            "no.example.org. A", {"authority": [SOA]}, "NXDOMAIN", False, "NXDOMAIN", id="no name"
        ),
        pytest.param("no.example.org. A", {}, "NXDOMAIN", False, "NXDOMAIN", id="no name, no SOA"),
        pytest.param(
            "www.example.org. A",
            {"answer": [CNAME], "authority": [SOA]},
            "NXDOMAIN",
            False,
            "OTHERERROR",
            id="no name behind an alias",
        ),
        pytest.param(
            "www.example.org. A", {"authority": [NS]}, "NOERROR", False, "DELEGATION", id="referral"
        ),
        pytest.param("example.org. A", {}, "SERVFAIL", False, "SERVERERROR", id="failure"),
        pytest.param("example.org. A", {}, "NOTIMP", False, "SERVERERROR", id="not implemented"),
        pytest.param("example.org. A", {}, "REFUSED", False, "OTHERERROR", id="refused"),
        pytest.param("example.org. AXFR", {"answer": [SOA]}, "NOERROR", False, "META", id="AXFR"),
        pytest.param("example.org. IXFR", {}, "NOERROR", False, "META", id="IXFR"),
        pytest.param(
            "example.org. A", {"answer": [A, VALID]}, "NOERROR", True, "NOERROR", id="signed"
        ),
        pytest.param(
            "example.org. A",
            {"answer": [A, ENDED]},
            "NOERROR",
            True,
            "OTHERERROR",
            id="a signature that has ended",
        ),
        pytest.param(
            "example.org. A",
            {"answer": [A, ENDED]},
            "NOERROR",
            False,
            "NOERROR",
            id="the same for a client that does not look at it",
        ),
    ],
)
def test_what_a_response_says(
    question: str, sections: dict[str, Any], rcode: str, do: bool, want: str
) -> None:
    """Order of CoreDNS: transfers, signatures, answers, SOA, RCODE, NS."""
    made = response(question, rcode=rcode, **sections)
    assert kind_of(made, do=do, wall_s=WALL_S) is Kind(want)


@pytest.mark.parametrize(
    "kind, want",
    [
        pytest.param(Kind.NO_ERROR, Class.SUCCESS, id="answer"),
        pytest.param(Kind.DELEGATION, Class.SUCCESS, id="referral"),
        pytest.param(Kind.NAME_ERROR, Class.DENIAL, id="no name"),
        pytest.param(Kind.NO_DATA, Class.DENIAL, id="no data"),
        pytest.param(Kind.SERVER_ERROR, Class.ERROR, id="failure"),
        pytest.param(Kind.META, Class.ERROR, id="transfer"),
        pytest.param(Kind.OTHER_ERROR, Class.ERROR, id="anything else"),
    ],
)
def test_there_are_three_classes(kind: Kind, want: Class) -> None:
    """Success, denial, and error for the rest."""
    assert class_of(kind) is want


def test_the_class_of_a_response() -> None:
    """In one step."""
    assert response_class(response("example.org. MX", authority=[SOA])) is Class.DENIAL


def chain(length: int) -> list[str]:
    """Return so many CNAMEs, the last one first, and an address behind them."""
    aliases = [f"{n}.example. 5 IN CNAME {n + 1}.example." for n in range(length)]
    return [*reversed(aliases), f"{length}.example. 5 IN A 192.0.2.1"]


@pytest.mark.parametrize(
    "question, answer, want",
    [
        pytest.param("example.org. A", [A], True, id="direct"),
        pytest.param("www.example.org. A", [CNAME, A], True, id="through an alias"),
        pytest.param("www.example.org. A", [A, CNAME], True, id="in another order"),
        pytest.param("WWW.example.org. A", [CNAME.upper(), A], True, id="in another case"),
        pytest.param("www.example.org. A", [CNAME], False, id="alias to nothing"),
        pytest.param("www.example.org. CNAME", [CNAME], True, id="the alias itself"),
        pytest.param("www.example.org. A", [A], False, id="another owner"),
        pytest.param("example.org. MX", [A], False, id="another type"),
        pytest.param("example.org. ANY", [A], True, id="ANY"),
        pytest.param("example.org. A", [], False, id="nothing"),
        pytest.param(
            "a.example. A",
            ["a.example. 5 IN CNAME b.example.", "b.example. 5 IN CNAME a.example."],
            False,
            id="aliases in a ring",
        ),
        pytest.param("0.example. A", chain(MAX_ALIASES), True, id="a long chain"),
        pytest.param("0.example. A", chain(MAX_ALIASES + 1), False, id="a longer one"),
    ],
)
def test_an_answer_leads_to_the_type(question: str, answer: list[str], want: bool) -> None:
    """A chain of aliases must end at a record of the QTYPE (RFC 1034, 3.6.2)."""
    assert is_answered(response(question, answer)) is want


def test_an_alias_without_rdata_leads_nowhere() -> None:
    """What is no name is not read as one, though it may stand in a message."""
    qname = names.from_text("www.example.org.")
    alias = Record(wire.ANSWER, qname, wire.CNAME, wire.IN, 300, b"")
    assert is_answered(Response.from_records(qname, wire.A, [alias])) is False


@pytest.mark.parametrize(
    "answer, want",
    [
        pytest.param([A], None, id="no signature"),
        pytest.param([A, VALID], 100, id="valid"),
        pytest.param([VALID, ENDED], -1, id="the first to end counts"),
    ],
)
def test_how_long_signatures_last(answer: list[str], want: int | None) -> None:
    """Until the expiration of the first one (RFC 4034, 3.1.5)."""
    assert signatures_left_s(response("example.org. A", answer), WALL_S) == want


def test_expirations_are_serial_numbers() -> None:
    """A signature that ends behind 2106 is no old one (RFC 4034, 3.1.5)."""
    late = response("example.org. A", [SIGNATURE.format(50)])
    assert signatures_left_s(late, float(0xFFFFFFFF - 49)) == 100
