# SPDX-License-Identifier: Apache-2.0
"""Tests of the EDE table, against libunbound's own words."""

import re
from pathlib import Path

import pytest

from plugins.unbound import ede
from resolver.errors import Ede

# In libunbound 1.17 and not in 1.26.
OLD = {"signature missing", "unable to verify signature, unknown algorithm"}


def library() -> Path:
    """Return the file of the libunbound that this process loaded."""
    import resolver.ffi

    assert resolver.ffi.libunbound_version()
    maps = Path("/proc/self/maps").read_text()
    found = re.search(r"/\S*/libunbound\.so\S*", maps)
    assert found is not None
    return Path(found[0])


def test_libunbound_says_these_words() -> None:
    """Each text of the table stands in the library: a row that cannot match is a mistake."""
    octets = library().read_bytes()
    missing = {text for text, _ in ede.BOGUS if text.encode() not in octets}
    assert missing <= OLD


def strings(octets: bytes) -> set[str]:
    """Return the texts in a binary."""
    return {found.decode() for found in re.findall(rb"[\x20-\x7e]{6,}(?=\0)", octets)}


def test_the_reasons_of_the_library_have_their_codes() -> None:
    """What libunbound gives as a reason, taken out of the library: none of these is plain bogus.

    Its log lines begin with what logs them; a reason is a phrase of its own.
    """
    texts = strings(library().read_bytes())
    reasons = {
        text
        for text in texts
        if re.match(r"(no (signatures|NSEC|DNSKEY|DNSSEC|keys have)|No DNSKEY|signature )", text)
        and re.search(r"signatures|expired|before inception|DNSKEY|DNSSEC|NSEC3|keys have", text)
    }
    assert len(reasons) > 8
    assert [text for text in sorted(reasons) if ede.of_bogus(text).code == ede.DNSSEC_BOGUS] == []


@pytest.mark.parametrize(
    ("why", "code"),
    [
        pytest.param(
            "signature expired from 127.53.2.1 for key expired.example. while building chain of "
            "trust",
            7,
            id="expired",
        ),
        pytest.param(
            "signature before inception date from fd53::2:1 for key future.example.",
            8,
            id="not yet valid",
        ),
        pytest.param(
            "key for validation expired.example. is marked as invalid because of a previous "
            "validation failure <www.expired.example. A IN>: signature expired from 127.53.2.1",
            7,
            id="what failed before is the reason",
        ),
        pytest.param("no keys have a DS with algorithm ECDSAP256SHA256", 9, id="DS of no key"),
        pytest.param("No DNSKEY record from 127.53.2.1 for key x.example.", 9, id="no DNSKEY"),
        pytest.param("no signatures over NSECs from 127.53.2.2", 10, id="unsigned proof"),
        pytest.param("no signatures from 127.53.2.2", 10, id="no RRSIG"),
        pytest.param("dnskey without ZSK flag", 11, id="not a zone key"),
        pytest.param("no DNSSEC records from fd53::2:1 for DS x.example.", 12, id="no proof"),
        pytest.param("signature inception after expiration", 25, id="never valid"),
        pytest.param(
            "ECDSA signature verification failed from 127.53.2.1", 6, id="wrong signature"
        ),
        pytest.param("", 6, id="no reason told"),
    ],
)
def test_a_reason_has_its_code(why: str, code: int) -> None:
    """RFC 8914, 4.6 to 4.13: the code for why data is bogus, 6 where it is none of them."""
    text = f"validation failure <www.example.org. A IN>: {why}" if why else ""
    assert ede.of_bogus(text) == Ede(code, text)


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        pytest.param("a" * 300, 256, id="ASCII"),
        pytest.param("a" + "é" * 200, 255, id="a character is not halved"),
        pytest.param("short", 5, id="short"),
    ],
)
def test_the_text_is_trimmed(text: str, octets: int) -> None:
    """RFC 8914: EXTRA-TEXT is UTF-8; at most 256 octets of it are sent."""
    trimmed = ede.of_bogus(text).text
    assert text.startswith(trimmed)
    assert len(trimmed.encode()) == octets
