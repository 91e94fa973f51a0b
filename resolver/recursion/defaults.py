# SPDX-License-Identifier: Apache-2.0
"""Our values for libunbound where its own are wrong for a server, and those nobody may change.

Each with its reason. What is not here is libunbound's own default.
"""

from dataclasses import dataclass, field
from pathlib import Path

# Descriptors that the process needs besides libunbound's: listeners, clients over TCP, files.
RESERVED_DESCRIPTORS = 32
MAX_RANGE = 2048  # never more flights than this go into one resolver thread


@dataclass(frozen=True, slots=True)
class Environment:
    """What a configuration depends on besides the Corefile.

    descriptors: the soft limit of open files, after it was raised. contexts: how many libunbound
    contexts share them; two a distinct configuration. known: names of our optional options that
    the linked libunbound knows, `NSEC_FIXED` among them; see `Prover.probe`. anchors: DS or DNSKEY
    records for `trust_anchor auto`, as static anchors. tracked: the anchor file in their place, for
    the one context that tracks them; all others are rendered without it.
    """

    descriptors: int
    contexts: int = 2
    known: frozenset[str] = frozenset()
    anchors: tuple[str, ...] = field(default=())
    tracked: Path | None = None


# Stands among the optional options for "the forgeries of NSEC proofs are mended". It is probed by
# a local-zone type that came to libunbound right after the mending; see RFC 8198.
NSEC_FIXED = "aggressive-nsec"
NSEC_PROBE = 'local-zone: "probe.invalid." block_aaaa'

# Which of `SERVER` are newer than libunbound 1.17 or may be absent otherwise: left out if so.
OPTIONAL = {
    # A silent server takes 17 s to SERVFAIL with 5, 5 s with 3; 2 recovers later from an outage.
    "outbound-msg-retry": "3",
    # RRs in the additional section that nobody asked for are not cached.
    "harden-unknown-additional": "yes",
    # NSEC3 iterations above are insecure (RFC 9276, 3.2), as in Knot Resolver and BIND.
    "val-nsec3-keysize-iterations": "1024 50 2048 50 4096 50",
}

SERVER = {
    # One resolver thread asks; a log line per event would be an attacker's to write.
    "verbosity": "0",
    "do-ip4": "yes",
    "do-udp": "yes",
    "do-tcp": "yes",
    # Without a route to IPv6 a send fails at once and the next address is tried.
    "do-ip6": "yes",
    # Flag Day 2020, RFC 9715: no fragments.
    "edns-buffer-size": "1232",
    # The cache in front keeps answers; these keep what leads to them. Messages: mostly what does
    # not exist, DS of unsigned zones and AAAA of servers; RRsets: delegations, addresses, proofs.
    # A zone for which either has no room is looked for anew with each name of it.
    "msg-cache-size": "4m",
    "rrset-cache-size": "8m",
    "key-cache-size": "4m",
    "neg-cache-size": "2m",
    "infra-cache-numhosts": "20000",
    # RFC 8767 bounds and ours: a day, and an hour for denials (RFC 2308, 5: one to three).
    "cache-max-ttl": "86400",
    "cache-min-ttl": "0",
    "cache-max-negative-ttl": "3600",
    # Stale answers are the front cache's business (RFC 8767).
    "serve-expired": "no",
    # Authority and additional sections that no client needs; referrals and denials keep theirs.
    "minimal-responses": "yes",
    # Order is the business of loadbalance.
    "rrset-roundrobin": "no",
    # RFC 9156; strict would fail on servers that answer empty non-terminals wrongly.
    "qname-minimisation": "yes",
    "qname-minimisation-strict": "no",
    "harden-glue": "yes",
    "harden-short-bufsize": "yes",
    # A zone with a trust anchor above and no signatures is bogus, not insecure.
    "harden-dnssec-stripped": "yes",
    "harden-below-nxdomain": "yes",  # RFC 8020, for secure denials
    # RFC 6840, 5.11: any one algorithm of the DS RRset will do.
    "harden-algo-downgrade": "no",
    "harden-referral-path": "no",
    # 0x20 breaks servers that do not copy the question; ports and IDs carry the entropy.
    "use-caps-for-id": "no",
    "val-clean-additional": "yes",
    "val-permissive-mode": "no",
    "val-bogus-ttl": "60",
    "ignore-cd-flag": "no",
    # Keys are asked for while the answer is on its way: a round trip less for signed names.
    "prefetch-key": "yes",
    "trust-anchor-signaling": "yes",  # RFC 8145
    "root-key-sentinel": "yes",  # RFC 8509
    # An address on loopback in somebody's delegation would make us ask ourselves.
    "do-not-query-localhost": "yes",
}

# The last word: what would take the process down or away from us. Each is withheld already where
# it can be told apart; this holds however the text above came about.
LAST_WORD = {
    "chroot": "",
    "username": "",
    "pidfile": "",
    "logfile": "",
    "use-syslog": "no",
    "do-daemonize": "no",
    "unwanted-reply-threshold": "0",
    "module-config": "validator iterator",
    "log-time-ascii": "no",
}


def lacking(known: frozenset[str]) -> tuple[str, ...]:
    """Return which of our optional options the linked libunbound does not have, to be told once."""
    return tuple(sorted({*OPTIONAL, NSEC_FIXED} - known))


def capacity(descriptors: int, contexts: int) -> dict[str, str]:
    """Return the options that follow from how many files may be open.

    A quarter of a context's share is for TCP, at most 128. With 64 descriptors and two contexts it
    is 12 sockets over UDP and 4 over TCP: it works, with 12 flights at a time.
    """
    share = max(8, (descriptors - RESERVED_DESCRIPTORS) // max(1, contexts))
    tcp = max(2, min(128, share // 4))
    udp = min(MAX_RANGE, share - tcp)
    return {
        "outgoing-range": str(udp),
        "outgoing-num-tcp": str(tcp),
        # libunbound's own admission must not be the narrower one.
        "num-queries-per-thread": str(udp),
    }
