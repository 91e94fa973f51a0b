# SPDX-License-Identifier: Apache-2.0
"""RDATA of trust anchors; dnspython is the oracle of what is read without it."""

import subprocess
import sys

import dns.rdata
import pytest

from resolver.errors import ResolverError
from resolver.recursion.anchor_rdata import rdata_text
from resolver.recursion.samples_test import OLD

KEY = OLD.split(" DNSKEY ")[1]
SHA1, SHA256, SHA384 = ("AB" * octets for octets in (20, 32, 48))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param("DNSKEY", KEY, id="a key"),
        pytest.param("DNSKEY", f"{KEY[:60]} {KEY[60:]}", id="a key in pieces"),
        pytest.param("DNSKEY", "0257 3 008 AQ==", id="numbers with zeros in front"),
        pytest.param("DNSKEY", "257 3 8 AR==", id="bits behind the last octet"),
        pytest.param("DNSKEY", "257 3 RSASHA256 AQ==", id="a mnemonic"),
        pytest.param("DNSKEY", r"\# 5 0101030801", id="generic form (RFC 3597)"),
        pytest.param("DS", f"1 8 1 {SHA1}", id="SHA-1"),
        pytest.param("DS", f"65535 255 2 {SHA256.lower()}", id="SHA-256"),
        pytest.param("DS", f"1 13 4 {SHA384[:40]} {SHA384[40:]}", id="SHA-384 in pieces"),
        pytest.param("DS", "1 8 250 00", id="a digest type of one's own"),
    ],
)
def test_reads_as_dnspython_does(kind: str, text: str) -> None:
    """Whichever way it is read, the text is dnspython's."""
    want = dns.rdata.from_text("IN", kind, text).to_text(chunksize=0)
    assert rdata_text(kind, text.split()) == want


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param("DNSKEY", "257 3", id="too short"),
        pytest.param("DNSKEY", "65536 3 8 AQ==", id="flags of 17 bits"),
        pytest.param("DNSKEY", "257 256 8 AQ==", id="protocol of 9 bits"),
        pytest.param("DNSKEY", "257 3 8 A", id="Base64 cut off"),
        pytest.param("DNSKEY", f"{'9' * 5000} 3 8 AQ==", id="a number without end"),
        pytest.param("DNSKEY", "２57 3 8 AQ==", id="digits of another script"),
        pytest.param("DS", "1 8 2 00", id="a digest too short"),
        pytest.param("DS", f"1 8 2 {SHA256}0", id="half an octet"),
        pytest.param("DS", f"1 8 2 {SHA256[:-1]}G", id="no hexadecimal"),
        pytest.param("DS", "", id="nothing"),
    ],
)
def test_refuses(kind: str, text: str) -> None:
    """What dnspython refuses is refused."""
    with pytest.raises(ResolverError):
        rdata_text(kind, text.split())


def test_plain_ones_need_no_dnspython() -> None:
    """A start does not wait for it: neither shipped keys nor a digest loads it."""
    code = (
        "import sys; from resolver.recursion import anchors; anchors.shipped();"
        f"anchors.parse('. DS 1 8 2 {SHA256}', 'x'); sys.exit('dns.rdata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
