# SPDX-License-Identifier: Apache-2.0
"""Extended DNS Errors (RFC 8914), for bogus data and for recursions that failed.

libunbound tells why data is bogus in words only: what failed for this name, and what failed before
that made it fail. Names in it have no spaces, so nobody can write a reason into a name.
"""

from resolver.errors import Ede

OTHER = 0
UNSUPPORTED_DNSKEY_ALGORITHM = 1
DNSSEC_BOGUS = 6
SIGNATURE_EXPIRED = 7
SIGNATURE_NOT_YET_VALID = 8
DNSKEY_MISSING = 9
RRSIGS_MISSING = 10
NO_ZONE_KEY_BIT = 11
NSEC_MISSING = 12
NO_REACHABLE_AUTHORITY = 22
SIGNATURE_EXPIRED_BEFORE_VALID = 25
INVALID_QUERY_TYPE = 30

MAX_TEXT_OCTETS = 256

# The first text that stands in why_bogus gives the code. Only texts of libunbound 1.17 to 1.26.
BOGUS: tuple[tuple[str, int], ...] = (
    ("signature inception after expiration", SIGNATURE_EXPIRED_BEFORE_VALID),
    ("signature expired", SIGNATURE_EXPIRED),
    ("signature before inception date", SIGNATURE_NOT_YET_VALID),
    ("no keys have a DS", DNSKEY_MISSING),
    ("DS hash mismatches key", DNSKEY_MISSING),
    ("keyset not secured by DNSKEY that matches DS", DNSKEY_MISSING),
    ("No DNSKEY record", DNSKEY_MISSING),
    ("no DNSKEY rrset", DNSKEY_MISSING),
    ("signatures from unknown keys", DNSKEY_MISSING),
    ("dnskey without ZSK flag", NO_ZONE_KEY_BIT),
    ("unsupported algorithm by crypto library", UNSUPPORTED_DNSKEY_ALGORITHM),
    ("algorithm refused by cryptolib", UNSUPPORTED_DNSKEY_ALGORITHM),
    ("unable to verify signature, unknown algorithm", UNSUPPORTED_DNSKEY_ALGORITHM),
    # "no signatures over NSECs" too: the proofs are there, what signs them is not.
    ("no signatures", RRSIGS_MISSING),
    ("signature missing", RRSIGS_MISSING),
    ("DS got unsigned CNAME answer", RRSIGS_MISSING),
    # An unsigned answer to a question for DS: neither the record nor a proof that there is none.
    ("no DNSSEC records", NSEC_MISSING),
    ("no NSEC3 records", NSEC_MISSING),
    ("no NSEC3 closest encloser", NSEC_MISSING),
    ("no NSEC3 next closer", NSEC_MISSING),
    ("no NSECs", NSEC_MISSING),
    ("proof failed", NSEC_MISSING),
)


def trim(text: str, octets: int = MAX_TEXT_OCTETS) -> str:
    """Return the text's beginning that fits so many octets of UTF-8, no character halved."""
    return text.encode("utf-8", "replace")[:octets].decode("utf-8", "ignore")


def of_bogus(why: str, table: tuple[tuple[str, int], ...] = BOGUS) -> Ede:
    """Return the error for data that is bogus, its text libunbound's own."""
    code = next((code for text, code in table if text in why), DNSSEC_BOGUS)
    return Ede(code, trim(why))
