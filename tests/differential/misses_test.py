# SPDX-License-Identifier: Apache-2.0
"""Both engines say the same about what they have to ask the mini internet for, first and after."""

import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.differential.asking import pair
from tests.differential.messages import (
    AD,
    CD,
    RD,
    every_type,
    few_ways,
    malformed,
    opt,
    query,
    zipf,
)
from tests.internet import Internet
from tests.serve import PASSES, PATIENCE_S

COREFILE = ". {\n bind 127.0.0.1\n loadbalance\n cache {\n %s\n }\n %s\n unbound {\n %s\n }\n}"
QUESTIONS = [
    (f"{name}.", qtype)
    for name, qtypes in {
        "example.org": "A SOA NS DNSKEY DS MX CAA RRSIG ANY",
        "www.example.org": "A AAAA TXT HTTPS TYPE65280",
        "example.com": "SOA NS DNSKEY DS",
        "www.example.com": "A AAAA",
        "www.example.net": "A AAAA",
        "mail.example.org": "A MX",
        "a1.example.org": "A",
        "a30.example.org": "A",
        "aaaa30.example.org": "AAAA",
        "mx30.example.org": "MX",
        "both30.example.net": "A AAAA",
        "nowhere.example.org": "A DS",
        "nowhere.example.com": "A",
        "nowhere.example.net": "A",
        "b.ent.example.org": "A",
        "ent.example.org": "A",
        "any.wild.example.org": "A TXT",
        "any.wild.example.com": "A",
        "a.dname.example.org": "A",
        "dname.example.org": "DNAME",
        "alias2.example.org": "A AAAA CNAME",
        "to-com.example.org": "A",
        "tour1.example.org": "A",
        "chain3.example.org": "A",
        "to-bogus.example.org": "A",
        "large.example.org": "TXT",
        "huge.example.org": "TXT",
        "giant.example.org": "TXT",
        "unknown.example.org": "TYPE65280",
        "www.secure.example.org": "A",
        "www.insecure.example.org": "A",
        "secure.example.org": "DS",
        "insecure.example.org": "DS",
        "www.same-server.example.org": "A",
        "www.secure.example.com": "A",
        "www.insecure.example.com": "A",
        "nowhere.insecure.example.com": "A",
        "www.island.example.net": "A",
        "www.unsigned.com": "A",
        "nowhere.opt-out.example": "A",
        "www.secure.opt-out.example": "A",
        "www.insecure.opt-out.example": "A",
        "www.many-iterations.example": "A",
        "nowhere.many-iterations.example": "A",
        "www.unknown-algorithm.example": "A",
        "www.unknown-digest.example": "A",
        "www.ed25519.example": "A",
        "www.rsa.example": "A",
        "www.glueless.example": "A",
        "www.ends-soon.example": "A",
        "www.ttl-above-original.example": "A",
        "www.expired.example": "A AAAA",
        "nowhere.expired.example": "A",
        "www.future.example": "A",
        "www.wrong-ds.example": "A",
        "www.missing-rrsig.example": "A",
        "good.missing-rrsig.example": "A",
        "www.missing-dnskey.example": "A",
        "www.broken-signature.example": "A",
        "www.wrong-data.example": "A",
        "nowhere.missing-nsec.example": "A",
        "www.below.expired.example": "A",
        "www.lame.example": "A",
        "www.no-such-server.example": "A",
        "www.normal.misbehaving.example": "A",
        "www.unequal-ttls.misbehaving.example": "A",
        "www.refused.misbehaving.example": "A",
        "www.poison.misbehaving.example": "A",
        "www.lower-case.misbehaving.example": "A",
        "www.truncated.misbehaving.example": "A",
        "1.2.0.192.in-addr.arpa": "PTR",
        "1.0.0.10.in-addr.arpa": "PTR",
        "localhost": "A AAAA",
        "home.arpa": "SOA",
        "no-such-tld": "A",
        "org": "NS DS DNSKEY",
        "": "NS SOA DNSKEY",
    }.items()
    for qtype in qtypes.split()
]
BLOCKS = """
. {
    bind 127.0.0.1
    rewrite name renamed.example.org www.example.org
    loadbalance
    dns64
    cache
    template IN A made.example.org {
        answer "{{ .Name }} 60 IN A 198.51.100.7"
    }
    hosts none {
        192.0.2.77 hosted.example.org
        fallthrough
    }
    file FOLDER/zone filed.example
    forward example.net 127.53.2.1
    unbound {
        except a30.example.org
        snoop on
        PROPERTIES
    }
}
example.com {
    bind 127.0.0.1
    acl {
        filter type AAAA
    }
    bufsize 512
    loadbalance weighted FOLDER/weights {
        reload 0s
    }
    cache 30
    unbound {
        PROPERTIES
    }
}
"""
ZONE = """
$ORIGIN filed.example.
$TTL 300
@ SOA ns hostmaster 1 7200 3600 1209600 60
@ NS ns
@ MX 10 www
www A 192.0.2.1
www A 192.0.2.2
ns A 192.0.2.53
alias CNAME www
*.wild TXT "a wildcard"
below NS ns.below
ns.below A 192.0.2.54
"""
WEIGHTS = "www.example.com\n192.0.2.10 3\n"
OTHERS = [
    *((f"{name}filed.example.", "A") for name in ("", "www.", "alias.", "nowhere.", "a.below.")),
    *(("filed.example.", "MX"), ("a.wild.filed.example.", "TXT"), ("filed.example.", "SOA")),
    *(("renamed.example.org.", "A"), ("made.example.org.", "A"), ("hosted.example.org.", "A")),
    *(("www.example.net.", "A"), ("a30.example.net.", "A"), ("a30.example.org.", "A")),
    *(("www.example.com.", "A"), ("www.example.com.", "AAAA"), ("nowhere.example.com.", "A")),
    *(("www.example.org.", "A"), ("www.example.org.", "AAAA"), ("nowhere.example.org.", "A")),
]
FIRST = {  # how a question is asked before anything about it is kept
    "plainly": {"flags": RD},
    "with DO": {"flags": RD | AD, "edns": opt(4096, do=True)},
    "with CD": {"flags": RD | CD, "edns": opt()},
    "with DO and CD": {"flags": RD | CD, "edns": opt(do=True), "is_upper": True},
}


@pytest.mark.parametrize("more", ["", "minimal"], ids=["all of it", "minimal"])
@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
@pytest.mark.parametrize("options", FIRST.values(), ids=FIRST)
def test_first_answers(internet: Internet, options: dict[str, Any], tcp: bool, more: str) -> None:
    """What comes of recursion, and right after of the cache, however else it is asked for."""
    corefile = COREFILE % ("", more, internet.unbound_properties)
    with pair(corefile, wall_s=time.time()) as compared:
        first = [query(*question, **options) for question in QUESTIONS]
        compared.compare(first, tcp=tcp, patience_s=PATIENCE_S, is_asked=True)
        ways = [few_ways(*question) for question in QUESTIONS]
        compared.compare_ways(ways, patience_s=PATIENCE_S, is_asked=True)
        compared.advance(7_000)
        compared.compare_ways(ways, patience_s=PATIENCE_S, is_asked=True)
    compared.check(0.7)


@pytest.mark.parametrize("options", FIRST.values(), ids=FIRST)
@pytest.mark.parametrize("cache", ["", "serve_stale 1h"])
def test_first_answers_of_what_is_claimed(
    internet: Internet, options: dict[str, Any], cache: str
) -> None:
    """A plugin behind the cache looks at each question and passes it on as it came."""
    corefile = COREFILE % (cache, PASSES, internet.unbound_properties)
    with pair(corefile, wall_s=time.time()) as compared:
        first = [query(*question, **options) for question in QUESTIONS]
        ways = zip(*(few_ways(*question) for question in QUESTIONS), strict=True)
        for by_ms, messages in [(0, first), (0, first), (400_000, first), *((0, w) for w in ways)]:
            compared.advance(by_ms)
            compared.compare(messages, patience_s=PATIENCE_S, is_asked=True)
            compared.land()  # stale data are renewed behind the answer
    compared.check(0.3)


def test_other_blocks(internet: Internet, tmp_path: Path) -> None:
    """Two blocks and plugins of all kinds beside `unbound`."""
    (tmp_path / "zone").write_text(ZONE)
    (tmp_path / "weights").write_text(WEIGHTS)
    corefile = BLOCKS.replace("FOLDER", str(tmp_path))
    properties = internet.unbound_properties
    ways = [few_ways(*question) for question in OTHERS]
    with pair(corefile.replace("PROPERTIES", properties), wall_s=time.time()) as compared:
        for by_ms in (0, 0, 5_000, 40_000):
            compared.advance(by_ms)
            compared.compare_ways(ways, patience_s=PATIENCE_S, is_asked=True)
        compared.compare(every_type("www.example.org."), patience_s=PATIENCE_S, is_asked=True)
        compared.compare(every_type("www.example.com."), tcp=True, is_asked=True)
        compared.compare(malformed("www.example.com."), is_asked=True)
    compared.check(0.5)


@pytest.mark.parametrize("cache", ["", "serve_stale 1h verify", "keepttl"])
def test_a_mix_as_it_comes(internet: Internet, cache: str) -> None:
    """Few names very often and many once, over UDP and TCP, while time passes."""
    rng = random.Random(cache)
    with pair(COREFILE % (cache, "", internet.unbound_properties), wall_s=time.time()) as compared:
        for by_ms in (0, 1_000, 20_000, 290_000, 3_000_000):
            compared.advance(by_ms)
            for tcp in (False, True):
                messages = list(zipf(QUESTIONS, 300, rng))
                compared.compare(messages, tcp=tcp, patience_s=PATIENCE_S, is_asked=True)
    compared.check(0.5)
