# SPDX-License-Identifier: Apache-2.0
"""What is kept, as what, and for how long."""

from typing import Any

import pytest

from plugins.cache.policy import Bounds, CachePolicy, ServeStale
from plugins.cache.verdict import judge
from resolver import names, wire
from resolver.classify import Class
from resolver.errors import Ede
from resolver.response import Validation
from resolver.testing import WALL_S, Case, request, response

A = "example.org. 300 IN A 192.0.2.1"
SOA = "example.org. {} IN SOA ns.example.org. admin.example.org. 1 7200 3600 1209600 {}"
NS = "example.org. 300 IN NS ns.example.org."
CNAME = "www.example.org. 100 IN CNAME example.org."
RRSIG = (
    "example.org. 300 IN RRSIG A 13 2 300 {} 20260101000000 1 example.org. "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
)
SUCCESS, DENIAL, FAILURE = Class.SUCCESS, Class.DENIAL, Class.ERROR


def signed(left_s: int) -> str:
    return RRSIG.format(int(WALL_S) + left_s)


@pytest.mark.parametrize(
    "question, fields, want",
    [
        pytest.param("example.org. A", {"answer": [A]}, (SUCCESS, 300), id="its lowest TTL"),
        pytest.param(
            "www.example.org. A", {"answer": [CNAME, A]}, (SUCCESS, 100), id="the first RR ends it"
        ),
        pytest.param(
            "example.org. A",
            {"answer": [A], "authority": ["example.org. 50 IN NS ns.example.org."]},
            (SUCCESS, 50),
            id="so does one of the authority section",
        ),
        pytest.param(
            "example.org. A",
            {"answer": [A], "additional": ["ns.example.org. 1 IN A 192.0.2.2"]},
            (SUCCESS, 300),
            id="but none of the additional section",
        ),
        pytest.param(
            "example.org. A",
            {"answer": ["example.org. 86400 IN A 192.0.2.1"]},
            (SUCCESS, 3600),
            id="an hour at most",
        ),
        pytest.param(
            "example.org. A",
            {"answer": ["example.org. 0 IN A 192.0.2.1"]},
            None,
            id="TTL 0 is not kept",
        ),
        pytest.param(
            "no.example.org. A",
            {"authority": [SOA.format(600, 60)], "rcode": "NXDOMAIN"},
            (DENIAL, 60),
            id="the SOA's MINIMUM",
        ),
        pytest.param(
            "no.example.org. A",
            {"authority": [SOA.format(40, 60)], "rcode": "NXDOMAIN"},
            (DENIAL, 40),
            id="the SOA's TTL if that is less",
        ),
        pytest.param(
            "example.org. MX",
            {"authority": [SOA.format(86400, 86400)]},
            (DENIAL, 1800),
            id="half an hour at most for a denial",
        ),
        pytest.param("no.example.org. A", {"rcode": "NXDOMAIN"}, None, id="no name and no SOA"),
        pytest.param(
            "www.example.org. A",
            {"answer": [CNAME], "authority": [SOA.format(600, 60)], "rcode": "NXDOMAIN"},
            None,
            id="no name, with an answer",
        ),
        pytest.param(
            "www.example.org. A",
            {"answer": [CNAME], "authority": [SOA.format(600, 60)]},
            (DENIAL, 60),
            id="an alias to no data",
        ),
        pytest.param("www.example.org. A", {"answer": [CNAME]}, None, id="an alias to nowhere"),
        pytest.param("example.org. A", {}, (SUCCESS, 5), id="empty: five seconds"),
        pytest.param(
            "example.org. A",
            {"additional": ["example.org. 0 IN A 192.0.2.2"]},
            None,
            id="nothing but an additional RR with TTL 0",
        ),
        pytest.param(
            "www.example.org. A", {"authority": [NS]}, (SUCCESS, 5), id="a referral: five seconds"
        ),
        pytest.param("example.org. A", {"answer": [A], "flags": wire.TC}, None, id="truncated"),
        pytest.param("example.org. A", {"rcode": "REFUSED"}, None, id="refused"),
        pytest.param("example.org. A", {"rcode": "FORMERR"}, None, id="malformed"),
        pytest.param("example.org. AXFR", {"answer": [SOA.format(60, 60)]}, None, id="a transfer"),
        pytest.param("example.org. A", {"rcode": "SERVFAIL"}, (FAILURE, 300), id="a failure"),
        pytest.param("example.org. A", {"rcode": "NOTIMP"}, (FAILURE, 300), id="not implemented"),
        pytest.param(
            "example.org. A",
            {"rcode": "SERVFAIL", "ede": (Ede(0, "too many queries in flight"),)},
            None,
            id="a failure of the server's own",
        ),
        pytest.param(
            "example.org. A",
            {"rcode": "SERVFAIL", "validation": Validation.BOGUS},
            (FAILURE, 60),
            id="bogus: a minute at most",
        ),
        pytest.param(
            "example.org. A",
            {"answer": [A], "validation": Validation.BOGUS},
            None,
            id="bogus data for somebody without CD",
        ),
    ],
)
def test_what_is_kept(
    question: str, fields: dict[str, Any], want: tuple[Class, int] | None
) -> None:
    """RFC 2308 for denials, RFC 9520 for failures, and CoreDNS's list of what is never kept."""
    verdict = judge(CachePolicy(), request(question), response(question, **fields), WALL_S)
    got = None if verdict is None else (verdict.kept_as, verdict.kept_ms // 1000)
    assert got == want


@pytest.mark.parametrize(
    "left_s, do, want",
    [
        pytest.param(3000, True, (300, 600), id="valid for long"),
        pytest.param(500, True, (300, 200), id="stale no longer than it is valid"),
        pytest.param(100, True, (100, 0), id="fresh no longer than it is valid"),
        pytest.param(0, True, None, id="ended"),
        pytest.param(100, False, (300, 600), id="without DO nobody sees it"),
    ],
)
def test_a_signature_that_has_ended_is_never_sent(
    left_s: int, do: bool, want: tuple[int, int] | None
) -> None:
    """RFC 4035, 5.3.3: not even with stale data."""
    policy = CachePolicy(stale=ServeStale(600_000))
    made = response("example.org. A", [A, signed(left_s)])
    verdict = judge(policy, request("example.org. A", do=do), made, WALL_S)
    got = None if verdict is None else (verdict.kept_ms // 1000, verdict.stale_ms // 1000)
    assert got == want


def test_bogus_data_are_for_clients_that_set_cd() -> None:
    """For a minute, and never stale."""
    policy = CachePolicy(stale=ServeStale())
    made = response("example.org. A", [A], validation=Validation.BOGUS)
    verdict = judge(policy, request("example.org. A", cd=True), made, WALL_S)
    assert verdict is not None
    assert (verdict.kept_as, verdict.kept_ms, verdict.stale_ms) == (SUCCESS, 60_000, 0)


@pytest.mark.parametrize(
    "validation, recursive, rd, want",
    [
        pytest.param(Validation.NONE, True, False, False, id="an upstream's, asked with RD=0"),
        pytest.param(Validation.NONE, True, True, True, id="an upstream's"),
        pytest.param(Validation.NONE, False, False, True, id="a local one"),
        pytest.param(Validation.SECURE, True, False, True, id="our own recursion's"),
    ],
)
def test_an_answer_to_rd_0_is_not_for_rd_1(
    validation: Validation, recursive: bool, rd: bool, want: bool
) -> None:
    """An upstream may know less when it must not recurse."""
    made = response("example.org. A", [A], validation=validation, recursive=recursive)
    verdict = judge(CachePolicy(), request("example.org. A", rd=rd), made, WALL_S)
    assert (verdict is not None) is want


@pytest.mark.parametrize(
    "name, want",
    [
        pytest.param("www.example.org.", False, id="below the zone"),
        pytest.param("www.example.net.", True, id="elsewhere"),
    ],
)
def test_zones_can_be_left_out(name: str, want: bool) -> None:
    """`disable success ZONES`."""
    policy = CachePolicy(success=Bounds(3600, disabled=(names.from_text("example.org."),)))
    made = response(f"{name} A", [f"{name} 300 IN A 192.0.2.1"])
    assert (judge(policy, request(f"{name} A"), made, WALL_S) is not None) is want


@pytest.mark.parametrize(
    "policy, question, fields, want",
    [
        pytest.param(
            CachePolicy(success=Bounds(60)),
            "www.example.org. A",
            {"answer": [CNAME, A]},
            Case(
                "www.example.org. A",
                ["www.example.org. 60 IN CNAME example.org.", "example.org. 60 IN A 192.0.2.1"],
            ),
            id="capped",
        ),
        pytest.param(
            CachePolicy(success=Bounds(3600, 200)),
            "www.example.org. A",
            {"answer": [CNAME, A]},
            Case("www.example.org. A", ["www.example.org. 200 IN CNAME example.org.", A]),
            id="raised",
        ),
        pytest.param(
            CachePolicy(),
            "no.example.org. A",
            {
                "authority": [SOA.format(600, 60), "a.example.org. 600 IN NSEC z.example.org. A"],
                "rcode": "NXDOMAIN",
            },
            Case(
                "no.example.org. A",
                authority=[SOA.format(60, 60), "a.example.org. 60 IN NSEC z.example.org. A"],
                rcode="NXDOMAIN",
            ),
            id="a denial with its proof",
        ),
    ],
)
def test_the_client_gets_the_same_ttls(
    policy: CachePolicy, question: str, fields: dict[str, Any], want: Case
) -> None:
    """The first answer too, so that it does not outlive the entry (RFC 2308, 3; RFC 9077)."""
    verdict = judge(policy, request(question), response(question, **fields), WALL_S)
    assert verdict is not None
    want.check(verdict.sent)


def test_what_needs_no_change_is_passed_on_as_it_is() -> None:
    """No copy."""
    made = response("example.org. A", [A])
    verdict = judge(CachePolicy(), request("example.org. A"), made, WALL_S)
    assert verdict is not None
    assert verdict.sent is made
