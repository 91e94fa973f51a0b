# SPDX-License-Identifier: Apache-2.0
"""Addresses under a prefix, and responses made of others."""

import ipaddress

import pytest

from plugins.dns64.synthesis import embed, is_lacking, synthesize
from resolver.response import Response, Validation
from resolver.testing import Case, response

NAME = "www.example.org."
SOA = "example.org. {} IN SOA ns.example.org. host.example.org. 1 2 3 4 {}"
SIGNATURE = "RRSIG A 13 2 60 20300101000000 20250101000000 1 example.org. YWFhYQ=="
PREFIX = ipaddress.IPv6Network("64:ff9b::/96")


@pytest.mark.parametrize(
    "prefix, address",
    [
        pytest.param("2001:db8::/32", "2001:db8:c000:221::", id="/32"),
        pytest.param("2001:db8:100::/40", "2001:db8:1c0:2:21::", id="/40"),
        pytest.param("2001:db8:122::/48", "2001:db8:122:c000:2:2100::", id="/48"),
        pytest.param("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::", id="/56"),
        pytest.param("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::", id="/64"),
        pytest.param("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33", id="/96"),
        pytest.param("64:ff9b::/96", "64:ff9b::192.0.2.33", id="the well-known prefix"),
    ],
)
def test_the_table_of_rfc_6052(prefix: str, address: str) -> None:
    """RFC 6052, 2.4: 192.0.2.33 under each length of prefix."""
    made = embed(ipaddress.IPv6Network(prefix), ipaddress.IPv4Address("192.0.2.33").packed)
    assert ipaddress.IPv6Address(made) == ipaddress.IPv6Address(address)


@pytest.mark.parametrize(
    "got, lacking",
    [
        pytest.param(response(f"{NAME} AAAA"), True, id="nothing"),
        pytest.param(
            response(f"{NAME} AAAA", [f"{NAME} 60 IN AAAA 2001:db8::1"]), False, id="an address"
        ),
        pytest.param(
            response(f"{NAME} AAAA", [f"{NAME} 60 IN AAAA ::ffff:192.0.2.1"]),
            True,
            id="RFC 6147, 5.1.4: an IPv4-mapped one is none",
        ),
        pytest.param(
            response(f"{NAME} AAAA", rcode="NXDOMAIN"), False, id="RFC 6147, 5.1.2: no such name"
        ),
        pytest.param(response(f"{NAME} AAAA", rcode="SERVFAIL"), True, id="an error is empty"),
        pytest.param(
            response(f"{NAME} AAAA", rcode="SERVFAIL", validation=Validation.BOGUS),
            False,
            id="bogus stays bogus",
        ),
    ],
)
def test_what_is_lacking(got: Response, lacking: bool) -> None:
    """Only then are A records asked for."""
    assert is_lacking(got, translate_all=False) is lacking


def test_everything_is_translated_on_demand() -> None:
    """`translate_all`, but for names that do not exist."""
    there = response(f"{NAME} AAAA", [f"{NAME} 60 IN AAAA 2001:db8::1"])
    assert is_lacking(there, translate_all=True)
    assert not is_lacking(response(f"{NAME} AAAA", rcode="NXDOMAIN"), translate_all=True)


@pytest.mark.parametrize(
    "authority, ttl",
    [
        pytest.param([], 600, id="at most 600 without a SOA"),
        pytest.param([SOA.format(300, 900)], 300, id="the SOA's own TTL"),
        pytest.param([SOA.format(9000, 900)], 3600, id="never more than the A record's"),
    ],
)
def test_a_response_is_made_of_another(authority: list[str], ttl: int) -> None:
    """Aliases stay, signatures go, the validation state is gone, EDE 29 says what it is."""
    lacking = response(f"{NAME} AAAA", authority=authority)
    addresses = response(
        f"{NAME} A",
        [
            f"{NAME} 3600 IN CNAME a.example.net.",
            "a.example.net. 3600 IN A 192.0.2.1",
            "a.example.net. 3600 IN A 192.0.2.2",
            f"a.example.net. 3600 IN {SIGNATURE}",
        ],
        ["example.net. 3600 IN NS ns.example.net."],
        validation=Validation.SECURE,
    )
    made = synthesize(PREFIX, lacking, addresses, "dns64")
    assert made is not None
    Case(
        f"{NAME} AAAA",
        [
            f"{NAME} 3600 IN CNAME a.example.net.",
            f"a.example.net. {ttl} IN AAAA 64:ff9b::192.0.2.1",
            f"a.example.net. {ttl} IN AAAA 64:ff9b::192.0.2.2",
        ],
        ede=(29,),
    ).check(made)


def test_nothing_is_made_of_nothing() -> None:
    """No A record: the first response stands."""
    assert synthesize(PREFIX, response(f"{NAME} AAAA"), response(f"{NAME} A"), "dns64") is None
