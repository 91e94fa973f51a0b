# SPDX-License-Identifier: Apache-2.0
"""NativeStore: any response comes out as it went in, any octets are safe, memory is what it says.

The rules that both stores keep are in plugins/cache/store_test.py and store_model_test.py.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.cache.store import MemoryStore
from resolver import names, wire
from resolver.classify import Class
from resolver.errors import WireError
from resolver.imagerecord import CLASSES, Record, pack, pack_ede, unpack, unpack_ede
from resolver.native.store import NativeStore
from resolver.response import Response
from resolver.testing import response
from resolver.types import Key, Policy, Store
from tests.native.responses import responses

ROOT = Path(__file__).parents[2]
PARTITION = b"p" * 16
SECRET = bytes(range(16))
PLENTY = 1 << 20
QNAME = names.from_text("www.example.org.")


def key_of(made: Response, do: bool = False, cd: bool = False) -> Key:
    question = made.question
    return Key(PARTITION, question.qname, question.qtype, question.qclass, do, cd)


def as_kept(made: Response) -> Response:
    """Return a response as it is stored: the texts of its EDE as they are sent."""
    return made.replace(
        ede=unpack_ede(pack_ede(made.ede)),
        plugin="cache",
        rrs=made.rrs,
        validation=made.validation,
        wire=made.wire,
    )


@given(made=responses(QNAME, wire.A, wire.IN), do=st.booleans(), cd=st.booleans())
def test_any_response_comes_out_as_it_went_in(made: Response, do: bool, cd: bool) -> None:
    """Of any records, RCODE, flags and EDE."""
    store = NativeStore(PLENTY, SECRET)
    group = store.group(PARTITION, Class.DENIAL)
    assert store.put(key_of(made, do, cd), made, 5, Policy(10), group)
    entry = store.get(key_of(made, do, cd), 6)
    assert entry is not None
    assert entry.response == as_kept(made)
    assert store.get(key_of(made, not do, cd), 6) is None
    assert store.get(key_of(made, do, not cd), 6) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda key: key._replace(qname=names.from_text("a.example.")), id="name"),
        pytest.param(lambda key: key._replace(qtype=28), id="type"),
        pytest.param(lambda key: key._replace(qclass=3), id="class"),
    ],
)
def test_a_response_to_another_question_is_not_kept(change: object) -> None:
    """It would be sent with a question of another length; what was there is gone."""
    assert callable(change)
    store = NativeStore(PLENTY, SECRET)
    group = store.group(PARTITION, Class.SUCCESS)
    made = response("www.example.org. A", ["www.example.org. 60 IN A 192.0.2.1"])
    assert not store.put(change(key_of(made)), made, 0, Policy(1000), group)
    assert store.stats()["entries"] == 0


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda octets: octets[:-1], id="cut short"),
        pytest.param(lambda octets: octets + b"\0", id="an octet more"),
        pytest.param(lambda octets: b"\0\7" + octets[2:], id="an ID"),
        pytest.param(lambda octets: octets[:2] + b"\x81\x80" + octets[4:], id="RD and RA"),
        pytest.param(lambda octets: b"", id="nothing"),
    ],
)
def test_a_response_not_in_normal_form_is_not_kept(harm: object) -> None:
    """And takes nothing else along, but what it was to replace."""
    assert callable(harm)
    store = NativeStore(PLENTY, SECRET)
    group = store.group(PARTITION, Class.SUCCESS)
    made = response("www.example.org. A", ["www.example.org. 60 IN A 192.0.2.1"])
    assert store.put(key_of(made), made, 0, Policy(1000), group)
    wrong = Response(harm(made.wire), 0, made.rrs)
    assert not store.put(key_of(made), wrong, 1, Policy(1000), group)
    assert store.stats() == {"entries": 0, "octets": 0, "evictions": 0}


def loaded(store: Store, octets: bytes) -> list[Record] | None:
    """Return what a store has after a load; None if it refuses the octets."""
    for kept_as in CLASSES:
        store.group(PARTITION, kept_as)
    try:
        store.load(octets, 1 << 46, 0)
    except WireError:
        return None
    records = [record for dumped in store.dump(1 << 46) for record in unpack(dumped.records)]
    return [record._replace(response=as_kept(record.response)) for record in records]


@settings(max_examples=200)
@given(
    made=responses(QNAME, wire.A, wire.IN),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3),
    by=st.sampled_from([0, 0, 0, -1, 1]),
)
def test_any_octets_as_a_record(made: Response, changes: list[tuple[int, int]], by: int) -> None:
    """C takes none that Python refuses, and of those that it takes it keeps the same."""
    record = Record(key_of(made), PARTITION, Class.ERROR, made, 7, 1000, 50, 3, 9)
    octets = bytearray(pack(record))
    for at, octet in changes:
        octets[at % len(octets)] = octet
    octets = octets[:by] if by < 0 else octets + bytes(by)
    found = loaded(NativeStore(PLENTY, SECRET), bytes(octets))
    if found is not None:
        assert found == loaded(MemoryStore(PLENTY), bytes(octets))
    if not changes and not by:
        assert found == [record._replace(response=as_kept(made))]


MEASURED = """
import sys
from resolver import names
from resolver.classify import Class
from resolver.native.store import NativeStore
from resolver.testing import response
from resolver.types import Key, Policy

def taken():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

store = NativeStore(1 << 30, bytes(16))
group = store.group(bytes(16), Class.SUCCESS)
line = "{} 60 IN A 192.0.2.1"
signed = "{} 60 IN RRSIG A 13 2 60 20300101000000 20200101000000 1 example.org. " + "A" * 86 + "=="
def put(number):
    name = f"h{number:07}.example.org."
    made = response(f"{name} A", [line.format(name), signed.format(name)])
    key = Key(bytes(16), names.from_text(name), 1, 1, True, False)
    assert store.put(key, made, 0, Policy(1000), group)
for number in range(200):
    put(number)
before, counted = taken(), store.stats()["octets"]
for number in range(200, 10200):
    put(number)
print(taken() - before, store.stats()["octets"] - counted)
"""


def test_what_is_counted_is_what_is_taken() -> None:
    """A signed name with an address takes at most 400 octets, and the bound is one on memory."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
    )
    assert done.returncode == 0, done.stderr
    taken, counted = map(int, done.stdout.split())
    assert counted / 10_000 <= 400
    assert taken / counted < 1.25
    assert taken / counted > 0.75
