# SPDX-License-Identifier: Apache-2.0
"""The words in which the mini internet is described: servers, zones, signing, faults."""

import enum
from dataclasses import dataclass


class Signing(enum.Enum):
    """How a zone is signed."""

    NONE = "unsigned"
    NSEC = "NSEC"
    NSEC3 = "NSEC3"
    OPT_OUT = "NSEC3 opt-out"


class Fault(enum.Enum):
    """What is wrong with the signatures of a zone; `www` has it, and `good` where that can be."""

    NONE = "none"
    EXPIRED = "each RRSIG ended 20 days ago"
    FUTURE = "each RRSIG begins in 20 days"
    WRONG_DS = "the parent's DS is of another key"
    MISSING_RRSIG = "`www` and `txt` have no RRSIG"
    MISSING_DNSKEY = "there is no DNSKEY"
    BROKEN_SIGNATURE = "one octet of the RRSIGs of `www` is another"
    MANY_SIGNATURES = "`www` has 100 RRSIGs, each wrong in its own way (CVE-2023-50387)"
    WRONG_DATA = "the address of `www` is not the one that was signed"
    MISSING_NSEC = "there is no NSEC, so nothing can be denied"
    UNKNOWN_ALGORITHM = "DNSKEY, RRSIG and DS are of algorithm 200"
    UNKNOWN_DIGEST = "the DS has digest type 200"
    MANY_ITERATIONS = "NSEC3 with 500 iterations"
    ENDS_SOON = "each RRSIG ends an hour from now, each TTL is a day"
    TTL_ABOVE_ORIGINAL = "the TTLs of `www` are a day, signed as 300 s"


class Algorithm(enum.Enum):
    """An algorithm that the mini internet signs with, by its number in the IANA registry."""

    RSASHA256 = 8
    ECDSAP256SHA256 = 13
    ED25519 = 15


@dataclass(frozen=True, slots=True)
class Server:
    """One NSD process, the scripted server, or nobody, and the addresses it listens on."""

    addresses: tuple[str, ...] = ()
    is_nsd: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone: who serves it, where its delegation points to, and what is the matter with it.

    `at` are the addresses in its parent's glue where they are not those of the server;
    `nameservers` the names of its NS where they are not ns1, ns2... below it: those have no glue.
    `has_ds` is False for an island of security. A behaviour is for the scripted server only.
    """

    name: str
    server: str = "leaf"
    signing: Signing = Signing.NSEC
    fault: Fault = Fault.NONE
    contents: tuple[str, ...] = ("faulty.zone",)
    algorithm: Algorithm = Algorithm.ECDSAP256SHA256
    has_ds: bool = True
    at: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()
    ttl: int = 3600
    behaviour: str = ""

    @property
    def is_signed(self) -> bool:
        """Whether the zone has keys."""
        return self.signing is not Signing.NONE


@dataclass(frozen=True, slots=True)
class ScriptedZone:
    """What the scripted server is told about one zone; the text is a master file."""

    name: str
    address: str
    behaviour: str
    text: str
