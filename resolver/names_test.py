# SPDX-License-Identifier: Apache-2.0
"""Names: text and wire form, and where one stands to another."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import names
from resolver.errors import DomainNameError


@pytest.mark.parametrize(
    "text, wire, shown",
    [
        pytest.param(".", b"\0", ".", id="the root"),
        pytest.param("example.org.", b"\7example\3org\0", "example.org.", id="with its dot"),
        pytest.param("example.org", b"\7example\3org\0", "example.org.", id="without its dot"),
        pytest.param("WWW.Example.ORG", b"\3www\7example\3org\0", "www.example.org.", id="case"),
        pytest.param(r"a\.b.org", b"\3a.b\3org\0", r"a\.b.org.", id="an escaped dot"),
        pytest.param(r"\000\255.org", b"\2\0\xff\3org\0", r"\000\255.org.", id="decimal escapes"),
        pytest.param("_dmarc.x", b"\6_dmarc\1x\0", "_dmarc.x.", id="underscore"),
    ],
)
def test_text_becomes_lower_case_wire_form_and_back(text: str, wire: bytes, shown: str) -> None:
    """RFC 1035, 5.1; RFC 4343."""
    assert names.from_text(text) == wire
    assert names.to_text(wire) == shown


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("", "empty name", id="nothing"),
        pytest.param("a..b", "empty label", id="two dots"),
        pytest.param("." + "a", "empty label", id="a leading dot"),
        pytest.param("x" * 64, "label over 63 octets", id="a long label"),
        pytest.param(".".join(["x" * 63] * 4), "name over 255 octets", id="a long name"),
        pytest.param(r"a\256", "bad escape", id="an octet above 255"),
        pytest.param("a\\", "bad escape", id="a lone backslash"),
        pytest.param("bücher.example", "not an ASCII", id="not ASCII"),
        pytest.param("a b", "not an ASCII", id="a blank"),
    ],
)
def test_what_is_no_name_is_refused(text: str, says: str) -> None:
    """RFC 1035, 2.3.4."""
    with pytest.raises(DomainNameError, match=says):
        names.from_text(text)


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=7))
def test_any_octets_survive_the_way_through_text(labels: list[bytes]) -> None:
    """Presentation form is exact (RFC 4343, 2.1), and dnspython reads it alike."""
    wire = names.from_labels(labels)
    assert names.from_text_as_is(names.to_text(wire)) == wire
    assert dns.name.from_text(names.to_text(wire)).to_wire() == wire


@pytest.mark.parametrize(
    "name, zone, below",
    [
        pytest.param("www.example.org", "example.org", True, id="a child"),
        pytest.param("example.org", "example.org", True, id="the apex"),
        pytest.param("example.org", ".", True, id="everything is below the root"),
        pytest.param("notexample.org", "example.org", False, id="only the octets agree"),
        pytest.param("org", "example.org", False, id="a parent"),
        pytest.param(r"a\003org", "org", False, id="a length octet inside a label"),
    ],
)
def test_at_or_below_is_judged_by_labels(name: str, zone: str, below: bool) -> None:
    """RFC 9499: a subdomain."""
    assert names.is_below(names.from_text(name), names.from_text(zone)) is below


@pytest.mark.parametrize("kind", [list, set], ids=["sequence", "set"])
def test_the_longest_zone_wins(kind: type) -> None:
    """One answer whatever holds the zones."""
    zones = kind(names.from_text(zone) for zone in (".", "org", "a.example.org"))
    assert names.longest_match(names.from_text("www.example.org"), zones) == b"\3org\0"
    assert names.longest_match(names.from_text("com"), zones) == b"\0"
    assert names.longest_match(names.from_text("com"), kind()) is None


def test_suffixes_parents_and_last_labels() -> None:
    """The walk to the root."""
    name = names.from_text("a.b.c")
    assert [names.to_text(s) for s in names.suffixes(name)] == ["a.b.c.", "b.c.", "c.", "."]
    assert names.to_text(names.parent(name)) == "b.c."
    assert names.parent(names.ROOT) == names.ROOT
    assert names.to_text(names.last_labels(name, 2)) == "b.c."
    assert names.last_labels(name, 5) == name
    assert names.count_labels(name) == 3
