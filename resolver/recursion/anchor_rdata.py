# SPDX-License-Identifier: Apache-2.0
"""The RDATA of DS and DNSKEY records as text, in one form.

Plain ones, which is what IANA, unbound-anchor and libunbound write, are read here; dnspython is for
all else (mnemonics, generic form) and for telling what is wrong. It is slow to load, and every
start reads anchors.
"""

import binascii
from collections.abc import Sequence

from resolver.errors import ResolverError

_DIGEST_OCTETS = {1: 20, 2: 32, 4: 48}  # by the digest type: IANA, DS RR type digest algorithms
_HIGHEST = (65535, 255, 255)  # of the three numbers that either begins with (RFC 4034, 2.2, 5.3)


def rdata_text(kind: str, words: Sequence[str]) -> str:
    """Return three numbers, and the digest in hexadecimal or the key in Base64, without spaces.

    kind: DS or DNSKEY. Raises ResolverError for what is no such RDATA.
    """
    return _plain(kind, words) or _any(kind, words)


def _plain(kind: str, words: Sequence[str]) -> str | None:
    written, rest = words[:3], "".join(words[3:])
    if len(words) < 4 or not all(each.isascii() and each.isdigit() for each in written):
        return None
    try:
        numbers = [int(each) for each in written]
        if any(number > highest for number, highest in zip(numbers, _HIGHEST, strict=True)):
            return None
        if kind == "DS":
            digest = binascii.unhexlify(rest)
            if len(digest) != _DIGEST_OCTETS.get(numbers[2]):
                return None
            shown = digest.hex()
        else:
            key = binascii.a2b_base64(rest, strict_mode=True)
            shown = binascii.b2a_base64(key, newline=False).decode()
    except ValueError:  # binascii.Error is one
        return None
    return " ".join([*map(str, numbers), shown])


def _any(kind: str, words: Sequence[str]) -> str:
    import dns.exception
    import dns.rdata

    try:
        rdata = dns.rdata.from_text("IN", kind, " ".join(words))
        return rdata.to_text(chunksize=0)
    except (dns.exception.DNSException, ValueError) as error:
        raise ResolverError(str(error)) from error
