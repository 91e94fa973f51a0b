# SPDX-License-Identifier: Apache-2.0
"""Who may ask what, and what the others are told."""

import ipaddress

import pytest

from plugins.acl.acl import ATTACHED_EVERY_MS, Acl, LocalClients, Policy
from plugins.acl.setup import setup
from plugins.acl.sources import Network
from resolver.testing import (
    FixedClock,
    NextHandler,
    RecordingWriter,
    request,
    response,
    run,
    serve,
    services,
    set_up,
)

ANSWER = response("www.example.org. A", ["www.example.org. 60 IN A 192.0.2.1"])


def outcome(handler: Acl, question: str, client: str) -> str:
    """Return `allowed`, `dropped`, or the RCODE and EDE that the client gets."""
    writer, end = RecordingWriter(), NextHandler(ANSWER)
    handler.next_handler = end
    assert serve(handler, writer, request(question, client=client)) == 0
    if end.requests:
        return "allowed"
    if not writer.responses:
        return "dropped"
    assert not writer.response.rrs and writer.response.plugin == "acl"
    return f"{writer.response.rcode} {','.join(str(e.code) for e in writer.response.ede)}"


BLOCKED, FILTERED, PROHIBITED = "5 15", "0 17", "5 18"


@pytest.mark.parametrize(
    "text, question, client, want",
    [
        pytest.param("acl", "a.org. A", "192.0.2.1", "allowed", id="no rule"),
        pytest.param("acl {\n block\n}", "a.org. A", "192.0.2.1", BLOCKED, id="everybody"),
        pytest.param("acl {\n filter\n}", "a.org. A", "192.0.2.1", FILTERED, id="empty answer"),
        pytest.param("acl {\n drop\n}", "a.org. A", "192.0.2.1", "dropped", id="no answer"),
        pytest.param(
            "acl {\n block type AAAA\n}", "a.org. A", "192.0.2.1", "allowed", id="another type"
        ),
        pytest.param(
            "acl {\n block type A AAAA\n}", "a.org. A", "192.0.2.1", BLOCKED, id="one of the types"
        ),
        pytest.param(
            "acl {\n block net 192.0.2.0/24\n}", "a.org. A", "192.0.2.9", BLOCKED, id="a network"
        ),
        pytest.param(
            "acl {\n block net 192.0.2.0/24\n}", "a.org. A", "192.0.3.9", "allowed", id="another"
        ),
        pytest.param(
            "acl {\n block net 2001:db8::/32\n}", "a.org. A", "2001:db8::1", BLOCKED, id="IPv6"
        ),
        pytest.param(
            "acl {\n block net 192.0.2.9\n}", "a.org. A", "192.0.2.9", BLOCKED, id="an address"
        ),
        pytest.param(
            "acl {\n block net ::/0\n}", "a.org. A", "192.0.2.1", "allowed", id="families differ"
        ),
        pytest.param(
            "acl example.org {\n block\n}", "www.example.org. A", "192.0.2.1", BLOCKED, id="zone"
        ),
        pytest.param(
            "acl example.org {\n block\n}", "example.net. A", "192.0.2.1", "allowed", id="elsewhere"
        ),
        pytest.param(
            "acl {\n allow net 192.0.2.9\n block\n}", "a.org. A", "192.0.2.9", "allowed", id="first"
        ),
        pytest.param(
            "acl {\n allow net 192.0.2.9\n block\n}", "a.org. A", "192.0.2.8", BLOCKED, id="second"
        ),
        pytest.param(
            "acl a.org {\n allow\n}\nacl {\n drop\n}",
            "a.org. A",
            "192.0.2.8",
            "allowed",
            id="lines",
        ),
    ],
)
def test_the_first_rule_that_matches_decides(
    text: str, question: str, client: str, want: str
) -> None:
    """Over all lines, in their order; nothing matches: allowed."""
    assert outcome(set_up(setup, text), question, client) == want


@pytest.mark.parametrize(
    "text, client, want",
    [
        pytest.param("acl", "127.0.0.1", "allowed", id="loopback"),
        pytest.param("acl", "::1", "allowed", id="IPv6 loopback"),
        pytest.param("acl", "192.168.7.7", "allowed", id="RFC 1918"),
        pytest.param("acl", "100.64.1.1", "allowed", id="RFC 6598"),
        pytest.param("acl", "fd12::1", "allowed", id="RFC 4193"),
        pytest.param("acl", "fe80::1%eth0", "allowed", id="link-local, with its scope"),
        pytest.param("acl", "203.0.113.1", PROHIBITED, id="the Internet"),
        pytest.param("acl", "2001:db8::1", PROHIBITED, id="the IPv6 Internet"),
        pytest.param("acl {\n allow net *\n}", "203.0.113.1", "allowed", id="opened"),
        pytest.param(
            "acl {\n block type ANY\n}", "203.0.113.1", PROHIBITED, id="a block is no key"
        ),
        pytest.param(
            "acl {\n allow net 203.0.113.0/24\n}", "203.0.113.1", "allowed", id="one more network"
        ),
        pytest.param(
            "acl {\n block net 10.0.0.1\n}", "10.0.0.1", BLOCKED, id="rules before the default"
        ),
    ],
)
def test_a_resolver_serves_its_own_networks_unless_told(text: str, client: str, want: str) -> None:
    """No open resolver by accident: in a block with `unbound` others need a matching `allow`."""
    handler = set_up(setup, text, with_directives="unbound")
    assert outcome(handler, "example.org. A", client) == want


def test_attached_prefixes_are_read_again() -> None:
    """A house whose provider gives it another prefix stays served; the plan is made anew."""
    attached: list[Network] = []
    told: list[str] = []
    policy, clock = Policy(()), FixedClock()
    clients = LocalClients(policy, clock, lambda: attached, lambda: told.append("changed"))
    run(clients.start())
    assert policy.default is not None and "2001:db8::1" not in policy.default
    attached.append(ipaddress.ip_network("2001:db8::/32"))
    clock.advance(ATTACHED_EVERY_MS)
    assert "2001:db8::1" in policy.default
    clock.advance(ATTACHED_EVERY_MS)
    assert told == ["changed"]
    run(clients.stop())
    attached.clear()
    clock.advance(ATTACHED_EVERY_MS)
    assert "2001:db8::1" in policy.default


def test_every_outcome_is_counted() -> None:
    """CoreDNS's names and labels; `zone` is the rule's."""
    given = services()
    text = "acl example.org {\n block type A\n filter type MX\n drop type NS\n}"
    handler = set_up(setup, text, given=given)
    for qtype in ("A", "MX", "NS", "TXT"):
        outcome(handler, f"www.example.org. {qtype}", "192.0.2.1")
    of_zone = {"server": "dns://:53", "zone": "example.org.", "view": ""}
    for word in ("blocked", "filtered", "dropped"):
        assert given.metrics.value(f"coredns_acl_{word}_requests_total", **of_zone) == 1
    allowed = {"server": "dns://:53", "view": ""}
    assert given.metrics.value("coredns_acl_allowed_requests_total", **allowed) == 1
