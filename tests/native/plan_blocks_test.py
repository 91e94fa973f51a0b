# SPDX-License-Identifier: Apache-2.0
"""What a Corefile says is what C gets: every number, set and table of a block."""

import hashlib
import random
from typing import Any

import pytest

from plugins.unbound import ede
from plugins.unbound.policy import REFUSED_TYPES
from resolver import names, wire
from resolver.block import Block, Key
from resolver.claims import Claim
from resolver.classify import Class
from resolver.directives import standard_directives
from resolver.engine.plan import Step
from resolver.errors import ResolverError
from resolver.instance import Instance
from resolver.limits import Limits
from resolver.listeners import Listener, listeners_of
from resolver.native.plan import NativePlan, PlanHolder
from resolver.native.sets import KnownNames
from resolver.native.store import SECRET_OCTETS, NativeStore
from resolver.testing import FixedClock, request
from tests.native.chains import Acting, Stepping, listener
from tests.native.internals import Internals
from tests.native.looking import BLOCK, Look

WHOLE = """
example.org org {
    bufsize 4096
    cancel 1s
    header {
        response set rd
    }
    log example.org {
        class denial error
    }
    errors
    loadbalance
    acl {
        block type NULL net 192.0.2.0/24
        allow net *
    }
    cache 100 example.org {
        success 1000 90 5
        denial 500 80 4
        prefetch 3 20s 30%
        serve_stale 2h immediate 25s 40s
        serve_stale_policy prefer_positive
        servfail 7s
        disable success a.example.org
        disable denial b.example.org
        keepttl
    }
    unbound example.org {
        except sub.example.org
        snoop on
    }
}
"""
PLAIN = """
. {
    cache
    unbound
}
"""
ACCESS = {"block": 1, "allowed": 0, "prohibited": 4}


def wire_of(text: str) -> bytes:
    """Return a name in wire form."""
    return names.from_text(text)


def look(looking: Internals, corefile: str) -> Look:
    """Return the plan of a Corefile in C."""
    instance = Instance(FixedClock(), random.Random(1))
    instance.load(corefile, "Corefile", standard_directives(), {}, 53)
    assert instance.errors == []
    return Look(looking, listeners_of(instance.blocks))


def numbers(pointer: Any, count: int) -> list[int]:
    """Return an array of C."""
    return list(pointer[0:count])


def test_everything_that_is_said(looking: Internals) -> None:
    """A block with all that it can say."""
    made = look(looking, WHOLE)
    block, plan = made.plan.blocks[0], made.plans[0]
    assert (block.is_native, block.is_opaque, block.has_acl) == (True, False, True)
    assert block.patience_ms == 1000
    assert numbers(block.qclasses, block.qclass_count) == [1]
    manner = block.manner
    assert (manner.payload_size, manner.response_rd, manner.recursion_available) == (4096, 1, True)
    assert manner.is_shuffled
    assert (block.wants_events, block.wants_failures, block.event_classes) == (True, True, 0b110)
    assert made.contains(block.event_zones, wire_of("a.example.org"))
    assert not made.contains(block.event_zones, wire_of("org"))
    assert made.contains(block.cache_zones, wire_of("example.org"))
    assert not made.contains(block.cache_zones, wire_of("a.org"))
    cache = block.cache
    assert bytes(cache.partition) == plan.partition
    assert bytes(cache.beside) == hashlib.sha256(plan.partition + b"beside").digest()[:16]
    for group, kept_as in ((cache.success, Class.SUCCESS), (cache.denial, Class.DENIAL)):
        assert made.ffi.cast("uintptr_t", group) == made.ffi.cast(
            "uintptr_t", made.store.group(plan.partition, kept_as).handle
        )
    assert (cache.success_bounds.max_s, cache.success_bounds.min_s) == (90, 5)
    assert (cache.denial_bounds.max_s, cache.denial_bounds.min_s) == (80, 4)
    assert made.contains(cache.success_disabled, wire_of("a.example.org"))
    assert not made.contains(cache.success_disabled, wire_of("b.example.org"))
    assert made.contains(cache.denial_disabled, wire_of("b.example.org"))
    assert (cache.max_stale_ms, cache.stale_ttl_s, cache.recheck_ms) == (7_200_000, 25, 40_000)
    assert (cache.servfail_ms, cache.keep_ttl, cache.prefer_positive) == (7000, True, True)
    assert (cache.prefetch_amount, cache.prefetch_gap_ms, cache.prefetch_percent) == (3, 20_000, 30)
    assert cache.snoop
    recursion = block.recursion
    assert recursion.is_there
    assert recursion.snoop
    assert made.contains(recursion.zones, wire_of("example.org"))
    assert not made.contains(recursion.zones, wire_of("org"))
    assert made.contains(recursion.excepted, wire_of("x.sub.example.org"))
    left = numbers(recursion.left_types, recursion.left_type_count)
    assert left == sorted({*REFUSED_TYPES, wire.ANY})
    texts = [recursion.bogus.texts[n] for n in range(recursion.bogus.count)]
    told = [(bytes(made.ffi.buffer(t.text, t.length)).decode(), t.code) for t in texts]
    assert tuple(told) == ede.BOGUS


def test_nothing_that_is_said(looking: Internals) -> None:
    """What is not said is NULL or the default: all names, nothing stale, our own payload size."""
    block = look(looking, PLAIN).plan.blocks[0]
    manner, cache, recursion, null = block.manner, block.cache, block.recursion, looking.ffi.NULL
    assert (manner.payload_size, manner.response_rd, manner.is_shuffled) == (1232, -1, False)
    assert (block.wants_events, block.wants_failures) == (False, False)
    assert [block.event_zones, block.cache_zones, cache.success_disabled] == [null] * 3
    assert [cache.denial_disabled, recursion.zones, recursion.excepted] == [null] * 3
    assert (cache.max_stale_ms, cache.prefetch_amount, cache.keep_ttl, cache.snoop) == (0, 0, 0, 0)
    assert (cache.success_bounds.max_s, cache.denial_bounds.max_s) == (3600, 1800)
    assert block.patience_ms == 4000


@pytest.mark.parametrize(
    "client, question, access",
    [
        pytest.param("192.168.1.1", "a.org. A", "allowed", id="of the house"),
        pytest.param("203.0.113.1", "a.org. A", "prohibited", id="a stranger"),
    ],
)
def test_a_resolver_serves_its_own_networks(
    looking: Internals, client: str, question: str, access: str
) -> None:
    """The sources that acl has by default."""
    seen = look(looking, PLAIN).see(request(question, client=client))
    assert seen.access == ACCESS[access]


def test_blocks_are_numbered_over_all_listeners(looking: Internals) -> None:
    """In the order of listeners, then of blocks; a block of two listeners has two numbers."""
    made = look(
        looking,
        """
        org:53 net:54 {
            cache
            whoami
        }
        org:54 {
            cache
            whoami
        }
        """,
    )
    assert [names.to_text(block.zones[0]) for block in made.blocks] == ["org.", "net.", "org."]
    asked = [(request(f"a.{zone}. A"), number) for number in (0, 1) for zone in ("org", "net")]
    seen = [made.see(*each) for each in asked]
    assert [(each.way == BLOCK, each.block) for each in seen] == [
        (True, 0),
        (False, 0),
        (True, 2),
        (True, 1),
    ]


def plan_of(claim: Claim, known: KnownNames) -> NativePlan:
    """Return the plan of a chain of which one handler claims something."""
    block = Block((Key("dns", names.ROOT, 53),), {}, order=["cache"])
    block.handlers = [Acting((claim,)), Stepping(Step.CACHE)]
    store = NativeStore(1 << 20, bytes(SECRET_OCTETS))
    return NativePlan([listener([block])], store, Limits(), known)


def test_a_set_of_names_is_handed_over_once() -> None:
    """As long as each plan has it; then it is forgotten."""
    known = KnownNames()
    listed = frozenset({wire_of("a.org"), wire_of("b.org")})
    other = frozenset({wire_of("c.org")})
    first = known.names(listed)
    known.forget_others()
    plan_of(Claim(names=listed), known)
    assert known.names(listed) is first
    assert known.names(other) is known.names(other)
    known.forget_others()
    assert known.names(listed) is first
    known.forget_others()
    assert known.names(other) is not None
    known.forget_others()
    assert known.names(listed) is not first


def test_labels_and_names_of_one_set_are_two_sets(looking: Internals) -> None:
    """`first_labels` are labels, though their set may be given as names too."""
    listed = frozenset({b"www", b"\3www\0"})
    known = KnownNames()
    assert known.labels(listed) is not known.names(listed)
    block = Block((Key("dns", names.ROOT, 53),), {}, order=["cache"])
    block.handlers = [
        Acting((Claim(first_labels=listed, names=listed),)),
        Stepping(Step.CACHE),
    ]
    made = Look(looking, [listener([block])], known)
    assert made.see(request("www. A")).is_ahead
    assert not made.see(request("www.org. A")).is_ahead


def test_a_plan_is_handed_over_once() -> None:
    """Who takes it owns it."""
    plan, holder = plan_of(Claim(), KnownNames()), PlanHolder()
    holder.set(plan)
    with pytest.raises(ResolverError, match="handed over"):
        holder.set(plan)


def test_too_many_listeners() -> None:
    """An error, and nothing else."""
    store = NativeStore(1 << 20, bytes(SECRET_OCTETS))
    many: list[Listener | None] = [None] * 65536
    with pytest.raises(ResolverError, match="plan"):
        NativePlan(many, store, Limits(), KnownNames())
