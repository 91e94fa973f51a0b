# SPDX-License-Identifier: Apache-2.0
"""Trust anchors: shipped, from files, from a tracked state."""

from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdtypes.ANY.DNSKEY
import pytest

from resolver.errors import ConfigurationError
from resolver.recursion import anchors
from resolver.recursion.samples_test import NEW, OLD, state

DS = "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
DS_LATER = "38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"


def test_shipped_keys_are_ianas() -> None:
    """Both root keys ship; their digests are those that IANA publishes (RFC 9718)."""
    found = []
    for record in anchors.shipped():
        words = record.split(" ", 4)
        assert words[:4] == [".", "172800", "IN", "DNSKEY"]
        key = dns.rdata.from_text("IN", "DNSKEY", words[4])
        assert isinstance(key, dns.rdtypes.ANY.DNSKEY.DNSKEY)
        found.append(dns.dnssec.make_ds(dns.name.root, key, "SHA256").to_text().upper())
    assert found == [DS, DS_LATER]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param(f". IN DS {DS}", [f". 172800 IN DS {DS}"], id="DS"),
        pytest.param(f".\t3600 ds {DS}\n", [f". 172800 IN DS {DS}"], id="TTL, no class"),
        pytest.param(f"; x\n\n. IN 1 DS {DS} ; y", [f". 172800 IN DS {DS}"], id="comments"),
        pytest.param(
            f"Example.ORG. DS 1 8 2 (\n {DS.split()[3]} )",
            [f"example.org. 172800 IN DS 1 8 2 {DS.split()[3]}"],
            id="parentheses",
        ),
        pytest.param(f"{OLD}\n{NEW}", [OLD, NEW], id="DNSKEY"),
    ],
)
def test_reads(text: str, want: list[str], tmp_path: Path) -> None:
    """DS and DNSKEY records in zone-file form, as unbound-anchor and BIND's tools write them."""
    path = tmp_path / "a.key"
    path.write_text(text)
    assert [record.lower() for record in anchors.read(path)] == [word.lower() for word in want]


@pytest.mark.parametrize(
    ("text", "line", "want"),
    [
        pytest.param("", 0, "no trust anchor in it", id="empty"),
        pytest.param("; nothing", 0, "no trust anchor in it", id="comments only"),
        pytest.param(f". DS {DS}\n. A 192.0.2.1", 2, "record wanted, found A", id="other type"),
        pytest.param("\n. IN", 2, "found no type", id="no type"),
        pytest.param(". DS 20326 8 2 00", 1, "no trust anchor: ", id="digest too short"),
        pytest.param(". DS x", 1, "no trust anchor: ", id="garbage"),
        pytest.param(f"a..b DS {DS}", 1, "empty label", id="no name"),
        pytest.param(f". DS ( {DS}", 1, r"'\(' without", id="open parenthesis"),
        pytest.param(f"\n. DS {DS} )", 2, r"'\)' without", id="close parenthesis"),
        pytest.param(OLD.replace(" 257 ", " 1 "), 1, "not a zone key", id="not a zone key"),
        pytest.param(OLD.replace(" 257 ", " 385 "), 1, "the key is revoked", id="revoked"),
        pytest.param(". DNSKEY 257 3 8", 1, "no trust anchor: ", id="no key"),
        pytest.param("\x00\x01\xff", 1, "no trust anchor: ", id="binary"),
    ],
)
def test_refuses(text: str, line: int, want: str, tmp_path: Path) -> None:
    """A user's file with anything else is an error with its line."""
    path = tmp_path / "a.key"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=want) as caught:
        anchors.read(path)
    assert (caught.value.file, caught.value.line) == (str(path), line)


@pytest.mark.parametrize(
    ("octets", "want"),
    [
        pytest.param(state((OLD, 2), (NEW, 2)), [OLD, NEW], id="both valid"),
        pytest.param(state((OLD, 3), (NEW, 1)), [OLD], id="missing is trusted, pending is not"),
        pytest.param(state((OLD, 4), (NEW, 2)), [NEW], id="revoked is not"),
        pytest.param(state((OLD.replace(" 257 ", " 385 "), 4), (NEW, 2)), [NEW], id="revoke bit"),
        pytest.param(b"", [], id="0 octets"),
        pytest.param(b"; autotrust trust anchor file\n;;REVOKED\n", [], id="all revoked"),
        pytest.param(f"{OLD}\n".encode(), [OLD], id="not yet tracked"),
    ],
)
def test_state(octets: bytes, want: list[str]) -> None:
    """A tracked file trusts its keys in the states VALID and MISSING (RFC 5011, 4.3)."""
    assert list(anchors.parse_state(octets)) == want


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(state((OLD, 2))[:-400] + b"\n", id="cut off in a key"),
        pytest.param(b"\x00" * 100, id="zeros after a crash"),
        pytest.param(b"hello world\n", id="another text"),
        pytest.param(f". IN DS {DS}\n".encode(), id="a digest"),
        pytest.param(state((OLD.replace(". ", "example.org. ", 1), 2)), id="another owner"),
    ],
)
def test_damaged_state(octets: bytes) -> None:
    """What is no anchor file of the root is refused."""
    with pytest.raises(ConfigurationError):
        anchors.parse_state(octets)


DAY_S = 86400


@pytest.mark.parametrize(
    ("octets", "now", "want"),
    [
        pytest.param(state((OLD, 2)), 1000 + 29 * DAY_S, [OLD], id="fresh: left alone"),
        pytest.param(state((OLD, 2)), 1000 + 31 * DAY_S, [OLD, NEW], id="old: key of the release"),
        pytest.param(state((OLD, 2), (NEW, 1)), 10**9, [OLD], id="a key it knows is its business"),
        pytest.param(
            state((OLD.replace(" 257 ", " 385 "), 4), (NEW, 2)), 10**9, [NEW], id="revoked stays"
        ),
    ],
)
def test_with_shipped(octets: bytes, now: int, want: list[str]) -> None:
    """A machine that was off during a roll-over starts with the keys of its release."""
    assert list(anchors.parse_state(anchors.with_shipped(octets, now))) == want
