# SPDX-License-Identifier: Apache-2.0
"""How stored responses are sent."""

from collections.abc import Sequence

import pytest

from plugins.cache.ageing import aged, as_stale
from resolver.response import Validation
from resolver.testing import Case, response

MX = "example.org. 300 IN MX 10 mail.example.org."
A = "mail.example.org. 60 IN A 192.0.2.1"
AAAA = "mail.example.org. 300 IN AAAA 2001:db8::1"


@pytest.mark.parametrize(
    "age_s, answer, additional",
    [
        pytest.param(0, [MX], [A, AAAA], id="at once"),
        pytest.param(
            59,
            ["example.org. 241 IN MX 10 mail.example.org."],
            [
                "mail.example.org. 1 IN A 192.0.2.1",
                "mail.example.org. 241 IN AAAA 2001:db8::1",
            ],
            id="each RR by its own TTL",
        ),
        pytest.param(
            60,
            ["example.org. 240 IN MX 10 mail.example.org."],
            ["mail.example.org. 240 IN AAAA 2001:db8::1"],
            id="an additional RR whose time is up is left out",
        ),
    ],
)
def test_each_record_ages(age_s: int, answer: Sequence[str], additional: Sequence[str]) -> None:
    """By the time since it was stored (RFC 1035, 3.2.1)."""
    stored = response(
        "example.org. MX", [MX], [], [A, AAAA], validation=Validation.SECURE, recursive=True
    )
    sent = aged(stored, age_s)
    Case("example.org. MX", answer, additional=additional, validation=Validation.SECURE).check(sent)
    assert sent.recursive


def test_the_stored_response_is_not_altered() -> None:
    """It is shared."""
    stored = response("example.org. MX", [MX])
    octets = stored.wire
    assert aged(stored, 10).wire != octets
    assert stored.wire == octets


@pytest.mark.parametrize(
    "rcode, ttl_s, ttl, ede",
    [
        pytest.param("NOERROR", 30, 30, 3, id="answer"),
        pytest.param("NXDOMAIN", 30, 30, 19, id="no name"),
        pytest.param("NOERROR", 0, 0, 3, id="zero"),
        pytest.param("NOERROR", 0xFFFFFFFF, 0x7FFFFFFF, 3, id="over 31 bits"),
    ],
)
def test_stale_data_say_so(rcode: str, ttl_s: int, ttl: int, ede: int) -> None:
    """One TTL for all (RFC 8767, 4), an EDE (RFC 8914, 4.4 and 4.20), the state as it was."""
    stored = response("example.org. MX", [MX], rcode=rcode, validation=Validation.SECURE)
    Case(
        "example.org. MX",
        [f"example.org. {ttl} IN MX 10 mail.example.org."],
        rcode=rcode,
        validation=Validation.SECURE,
        ede=(ede,),
    ).check(as_stale(stored, ttl_s))
