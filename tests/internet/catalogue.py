# SPDX-License-Identifier: Apache-2.0
"""Each server and each zone of the mini internet, as data: what README.md tells, in one place."""

from tests.internet.plan import Algorithm, Fault, Server, Signing, Zone

NOBODY = "nobody"
SCRIPTED = "scripted"
DEAD_ADDRESS = "127.53.8.1"

SERVERS = {
    "root": Server(("127.53.0.1", "127.53.0.2", "fd53::1"), is_nsd=True),
    "tld": Server(("127.53.1.1", "127.53.1.2", "fd53::1:1"), is_nsd=True),
    "leaf": Server(("127.53.2.1", "127.53.2.2", "fd53::2:1", "fd53::6:1"), is_nsd=True),
    "deep": Server(("127.53.3.1", "fd53::3:1"), is_nsd=True),
    SCRIPTED: Server(),
    NOBODY: Server(),
}
LEAF = ("127.53.2.1", "127.53.2.2", "fd53::2:1")
ROOT_NAMESERVERS = ("a.root-servers.net.", "b.root-servers.net.")

_UNSIGNED = Signing.NONE

# Last octet of the address 127.53.9.N, first label below misbehaving.example, and what the scripted
# server does there (behaviours.py).
MISBEHAVIOURS = (
    (1, "normal", "normal"),
    (2, "wrong-id", "wrong-id"),
    (3, "wrong-question", "wrong-question 1"),
    (4, "garbage", "garbage 1"),
    (5, "truncated", "truncated"),
    (6, "truncated-no-tcp", "truncated-no-tcp"),
    (7, "truncated-silent-tcp", "truncated-silent-tcp"),
    (8, "no-edns", "no-edns"),
    (9, "drops-edns", "drops-edns"),
    (10, "drops-first", "drops-first 1"),
    (11, "refused", "rcode REFUSED"),
    (12, "servfail", "rcode SERVFAIL"),
    (13, "notimp", "rcode NOTIMP"),
    (14, "formerr", "rcode FORMERR"),
    (15, "silent", "silent"),
    (16, "slow-100", "slow 100"),
    (17, "slow-500", "slow 500"),
    (18, "slow-1500", "slow 1500"),
    (19, "slow-3000", "slow 3000"),
    (20, "slow-6000", "slow 6000"),
    (21, "unequal-ttls", "unequal-ttls"),
    (22, "poison", "poison"),
    (23, "lower-case", "lower-case"),
    (24, "twice", "twice"),
    (25, "changing", "changing"),
    (26, "then-silent", "then-silent 1"),
    (27, "then-servfail", "then-servfail 1"),
    (28, "upward-referral", "upward-referral"),
    (29, "switch", "normal"),
    (30, "drops-two", "drops-first 2"),
    (31, "always-garbage", "garbage 1000000"),
)


def _example(label: str, fault: Fault, signing: Signing = Signing.NSEC) -> Zone:
    return Zone(f"{label}.example.", fault=fault, signing=signing)


def _unserved(label: str, *at: str, nameservers: tuple[str, ...] = ()) -> Zone:
    """Return a delegation to where no such zone is."""
    return Zone(f"{label}.example.", NOBODY, _UNSIGNED, at=at, nameservers=nameservers)


ZONES = (
    Zone(".", "root", contents=(), nameservers=ROOT_NAMESERVERS, ttl=86400),
    Zone("root-servers.net.", "root", _UNSIGNED, contents=(), nameservers=ROOT_NAMESERVERS),
    # TLDs
    Zone("org.", "tld", contents=(), algorithm=Algorithm.RSASHA256),
    Zone("com.", "tld", Signing.OPT_OUT, contents=()),
    Zone("net.", "tld", contents=()),
    Zone("example.", "tld", contents=()),
    Zone("arpa.", "tld", contents=("arpa.zone",)),
    Zone("in-addr.arpa.", "tld", contents=()),
    Zone("ip6.arpa.", "tld", contents=()),
    # the three great ones, and what is below and beside them
    Zone("example.org.", contents=("common.zone", "many", "long")),
    Zone("example.com.", signing=Signing.NSEC3, contents=("common.zone", "long")),
    Zone("example.net.", signing=_UNSIGNED, contents=("common.zone", "many", "long")),
    Zone("secure.example.org.", "deep"),
    Zone("insecure.example.org.", "deep", _UNSIGNED),
    Zone("same-server.example.org."),
    Zone("secure.example.com.", "deep", Signing.NSEC3),
    Zone("insecure.example.com.", "deep", _UNSIGNED),
    Zone("island.example.net.", "deep", has_ds=False),
    Zone("unsigned.com.", signing=_UNSIGNED),
    Zone("opt-out.example.", signing=Signing.OPT_OUT),
    Zone("secure.opt-out.example.", "deep"),
    Zone("insecure.opt-out.example.", "deep", _UNSIGNED),
    # bogus, and what must not be taken for bogus
    _example("expired", Fault.EXPIRED),
    _example("future", Fault.FUTURE),
    _example("wrong-ds", Fault.WRONG_DS),
    _example("missing-rrsig", Fault.MISSING_RRSIG),
    _example("missing-dnskey", Fault.MISSING_DNSKEY),
    _example("broken-signature", Fault.BROKEN_SIGNATURE),
    _example("many-signatures", Fault.MANY_SIGNATURES),
    _example("wrong-data", Fault.WRONG_DATA),
    _example("missing-nsec", Fault.MISSING_NSEC),
    _example("unknown-algorithm", Fault.UNKNOWN_ALGORITHM),
    _example("unknown-digest", Fault.UNKNOWN_DIGEST),
    _example("many-iterations", Fault.MANY_ITERATIONS, Signing.NSEC3),
    Zone("ends-soon.example.", fault=Fault.ENDS_SOON, ttl=86400),
    Zone("ttl-above-original.example.", fault=Fault.TTL_ABOVE_ORIGINAL, ttl=300),
    Zone("below.expired.example.", "deep"),
    # other keys, other ways to a zone
    Zone("ed25519.example.", algorithm=Algorithm.ED25519),
    Zone("rsa.example.", algorithm=Algorithm.RSASHA256),
    Zone("ipv6-only.example.", at=("fd53::6:1",)),
    Zone("glueless.example.", nameservers=("ns1.example.org.", "ns2.example.org.")),
    Zone("half-dead.example.", at=(DEAD_ADDRESS, "127.53.2.1")),
    Zone("flood.example.", signing=_UNSIGNED, contents=()),
    _unserved("lame", *LEAF),
    _unserved("dead", DEAD_ADDRESS),
    Zone("bench.example.net.", NOBODY, _UNSIGNED, at=("127.53.20.1",)),
    Zone("bench.example.org.", NOBODY, _UNSIGNED, at=("127.53.20.1",)),
    _unserved("cyclic-a", nameservers=("ns1.cyclic-b.example.",)),
    _unserved("cyclic-b", nameservers=("ns1.cyclic-a.example.",)),
    _unserved("no-such-server", nameservers=("ns1.nowhere.example.org.",)),
    # reverse: the first must be answered locally and the last must never be asked
    Zone("2.0.192.in-addr.arpa.", contents=("reverse.zone",)),
    Zone("18.198.in-addr.arpa.", contents=("reverse.zone",)),
    Zone("2.0.0.0.1.0.0.2.ip6.arpa.", contents=("reverse6.zone",)),
    Zone("10.in-addr.arpa.", signing=_UNSIGNED, contents=("reverse.zone",)),
    # the scripted server's
    Zone("misbehaving.example.", signing=_UNSIGNED, contents=()),
    Zone(
        "signed-switch.example.",
        SCRIPTED,
        contents=("faulty.zone", "short.zone"),
        at=("127.53.9.100",),
        behaviour="normal",
    ),
    *(
        Zone(
            f"{label}.misbehaving.example.",
            SCRIPTED,
            _UNSIGNED,
            contents=("misbehaving.zone",),
            at=(f"127.53.9.{octet}",),
            ttl=300,
            behaviour=behaviour,
        )
        for octet, label, behaviour in MISBEHAVIOURS
    ),
)
