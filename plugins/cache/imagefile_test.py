# SPDX-License-Identifier: Apache-2.0
"""Files of a store's content: what comes back, whichever store wrote it, and what is refused."""

import struct
import zlib
from pathlib import Path

import pytest

from plugins.cache.conftest import StoreOf, native_store
from plugins.cache.store import MemoryStore
from plugins.cache.store_test import PARTITION, PLENTY, answer, found, got, group, key, put
from resolver import imagefile
from resolver.classify import Class
from resolver.errors import Ede, ResolverError, WireError
from resolver.imagefile import HEADER_OCTETS, ImageFileError
from resolver.imagerecord import HEAD, unpack
from resolver.response import Validation
from resolver.testing import FixedClock, run
from resolver.types import Loaded, Policy, Store

MAKERS = {"python": MemoryStore, "native": native_store}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def written(tmp_path: Path, clock: FixedClock) -> Path:
    """Return a file with `a.example.` for a minute and `b.example.` for two."""
    store = MemoryStore(PLENTY)
    put(store, "a.example.", now_ms=clock.now_ms())
    put(store, "b.example.", now_ms=clock.now_ms(), policy=Policy(120_000))
    path = tmp_path / "kept"
    assert run(imagefile.write(path, store, clock)) == 2
    return path


def empty(store_of: StoreOf) -> Store:
    """Return an empty store that knows the partition."""
    store = store_of(PLENTY)
    group(store)
    return store


@pytest.mark.parametrize("writer", MAKERS)
@pytest.mark.parametrize("reader", MAKERS)
def test_what_is_read_is_what_was_written(
    tmp_path: Path, clock: FixedClock, writer: str, reader: str
) -> None:
    """All of an entry, older by the time that has passed, also by another engine."""
    first, second = MAKERS[writer](PLENTY), empty(MAKERS[reader])
    kept = answer("example.org.", 3).replace(
        validation=Validation.SECURE, recursive=True, ede=(Ede(3), Ede(22, "ü")), plugin="cache"
    )
    clock.advance(5000)
    where = key("example.org.", do=True)._replace(cd=True)
    first.put(where, kept, clock.now_ms(), Policy(60_000, 9000), group(first))
    entry = first.get(where, clock.now_ms())
    assert entry is not None
    clock.advance(1000)
    assert first.count_hit(entry, clock.now_ms(), 10_000) == 1
    clock.advance(500)
    assert run(imagefile.write(tmp_path / "kept", first, clock)) == 1
    clock.advance(2000)
    assert run(imagefile.read(tmp_path / "kept", second, clock)) == Loaded(kept=1)
    entry = second.get(where, clock.now_ms())
    assert entry is not None
    assert entry.response == kept
    assert entry.group is group(second)
    now_ms = clock.now_ms()
    assert (now_ms - entry.stored_ms, entry.deadline_ms - now_ms) == (3500, 56_500)
    assert (entry.stale_until_ms - entry.deadline_ms, entry.hits) == (9000, 1)
    assert now_ms - entry.last_hit_ms == 2500
    assert second.get(where, now_ms + 65_499) is not None
    assert second.get(where, now_ms + 65_500) is None


@pytest.mark.parametrize("count", [0, 1, 3000])
def test_all_entries_come_back(
    tmp_path: Path, clock: FixedClock, store_of: StoreOf, count: int
) -> None:
    """However many blocks they are."""
    first, second = store_of(1 << 24), store_of(1 << 24)
    group(second)
    every = [f"n{number}.example." for number in range(count)]
    for name in every:
        put(first, name, 2, now_ms=clock.now_ms())
    if not count:
        put(first, "ends.example.", now_ms=clock.now_ms())
        first.remove(b"\0", True)
    assert run(imagefile.write(tmp_path / "kept", first, clock)) == count
    if not count:
        with pytest.raises(ImageFileError, match="all in it was over 0 s ago"):
            run(imagefile.read(tmp_path / "kept", second, clock))
        return
    assert run(imagefile.read(tmp_path / "kept", second, clock)).kept == count
    assert found(second, clock.now_ms(), every) == every


def test_what_is_there_stays(written: Path, clock: FixedClock, store_of: StoreOf) -> None:
    """It is newer than any file."""
    store = empty(store_of)
    put(store, "a.example.", 2, now_ms=clock.now_ms())
    assert run(imagefile.read(written, store, clock)) == Loaded(kept=1, refused=1)
    assert len(got(store, "a.example.", clock.now_ms()).response.rrs) == 2


@pytest.mark.parametrize("bound", ["octets", "capacity"])
def test_nothing_goes_for_it(
    written: Path, clock: FixedClock, store_of: StoreOf, bound: str
) -> None:
    """A file larger than the cache fills it and no more."""
    store = empty(store_of)
    put(store, "c.example.", now_ms=clock.now_ms())
    if bound == "octets":
        store.resize(store.stats()["octets"])
    else:
        store.limit(group(store), 1)
    assert run(imagefile.read(written, store, clock)) == Loaded(refused=2)
    assert found(store, clock.now_ms(), ["c.example."])
    assert store.stats()["evictions"] == 0


def test_what_is_over_is_left_out(written: Path, clock: FixedClock, store_of: StoreOf) -> None:
    """By the wall clock: the process that wrote it is gone."""
    clock.advance(60_000)
    store = empty(store_of)
    assert run(imagefile.read(written, store, clock)) == Loaded(kept=1, ended=1)
    assert found(store, clock.now_ms(), ["a.example.", "b.example."]) == ["b.example."]


def test_what_nobody_asks_for_is_left_out(
    written: Path, clock: FixedClock, store_of: StoreOf
) -> None:
    """A configuration on which answers depend otherwise has other partitions."""
    store = store_of(PLENTY)
    store.group(PARTITION, Class.DENIAL)
    store.group(b"another partition"[:16], Class.SUCCESS)
    assert run(imagefile.read(written, store, clock)) == Loaded(foreign=2)
    assert store.stats()["entries"] == 0


def changed(path: Path, at: int, octets: bytes, *, sums: bool = False) -> None:
    """Overwrite octets of a file; with `sums`, so that its checksums say that it is right."""
    content = bytearray(path.read_bytes())
    content[at : at + len(octets)] = octets
    if sums:
        struct.pack_into("!I", content, 20, zlib.crc32(content[HEADER_OCTETS:]))
    end = HEADER_OCTETS - 4
    if sums or at < end:
        struct.pack_into("!I", content, end, zlib.crc32(content[:end]))
    path.write_bytes(content)


def cut(path: Path, by: int) -> None:
    path.write_bytes(path.read_bytes()[:-by])


@pytest.mark.parametrize(
    "harm, says",
    [
        pytest.param(lambda path: path.write_bytes(b""), "it is no file of a cache", id="empty"),
        pytest.param(
            lambda path: path.write_bytes(b"127.0.0.1 localhost\n"),
            "it is no file of a cache",
            id="another file",
        ),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes()[:30]), "it is cut short", id="its head"
        ),
        pytest.param(lambda path: cut(path, 1), "it is cut short", id="all but an octet"),
        pytest.param(
            lambda path: changed(path, 16, b"\0\0\0\2"),
            "it is of version 2, not 1",
            id="another version",
        ),
        pytest.param(
            lambda path: changed(path, HEADER_OCTETS + 99, b"\xff\xff"),
            "its checksum is wrong",
            id="a wrong octet",
        ),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes() + b"\0"),
            "its checksum is wrong",
            id="an octet more",
        ),
    ],
)
def test_what_is_refused(
    written: Path, clock: FixedClock, store_of: StoreOf, harm: object, says: str
) -> None:
    """In one line, and nothing of it is kept."""
    assert callable(harm)
    harm(written)
    store = empty(store_of)
    with pytest.raises(ImageFileError) as raised:
        run(imagefile.read(written, store, clock))
    assert str(raised.value) == f"{written} is not used: {says}"
    assert store.stats()["entries"] == 0


@pytest.mark.parametrize(
    "by_s, says",
    [
        pytest.param(121, "all in it was over 1 s ago", id="too old"),
        pytest.param(-3600, "it was written 3600 s from now", id="a clock that was set back"),
    ],
)
def test_a_file_of_another_time_is_refused(
    written: Path, store_of: StoreOf, by_s: int, says: str
) -> None:
    """Its ages would mean nothing."""
    now = FixedClock()
    later = FixedClock(wall_s=now.wall_s() + by_s)
    with pytest.raises(ImageFileError) as raised:
        run(imagefile.read(written, empty(store_of), later))
    assert str(raised.value) == f"{written} is not used: {says}"


@pytest.mark.parametrize(
    "at, octets",
    [
        pytest.param(0, b"\0\0\0\x10", id="shorter than a record"),
        pytest.param(0, b"\0\xff\0\0", id="a length beyond the end"),
        pytest.param(4, b"\x08", id="a flag that is none"),
        pytest.param(5, b"\x03", id="no class"),
        pytest.param(6, b"\x04", id="no validation state"),
        pytest.param(7, b"\x02", id="no context"),
        pytest.param(8, b"\xff", id="an RCODE too large"),
        pytest.param(48, b"\xff", id="an age below zero"),
        pytest.param(56, b"\x7f", id="a deadline in a million years"),
        pytest.param(HEAD.size, b"\0\1", id="an ID"),
        pytest.param(HEAD.size + 2, b"\x81\x80", id="flags of a client"),
        pytest.param(HEAD.size + 4, b"\0\2", id="two questions"),
        pytest.param(HEAD.size + 6, b"\0\x63", id="records that are not there"),
        pytest.param(HEAD.size + 6, b"\0\0", id="octets behind the last record"),
        pytest.param(HEAD.size + 12, b"\x3f", id="a QNAME that does not end"),
    ],
)
def test_wrong_records_with_a_right_checksum_are_refused(
    written: Path, clock: FixedClock, store_of: StoreOf, at: int, octets: bytes
) -> None:
    """Whoever wrote them."""
    changed(written, HEADER_OCTETS + 4 + at, octets, sums=True)
    store = empty(store_of)
    with pytest.raises(ImageFileError, match="is not used to its end"):
        run(imagefile.read(written, store, clock))
    assert store.stats()["entries"] == 0


def test_a_record_of_one_store_is_that_of_the_other(store_of: StoreOf) -> None:
    """Octet by octet."""
    stores = [store_of(PLENTY), MemoryStore(PLENTY)]
    for store in stores:
        put(store, "a.example.", 3, now_ms=500, policy=Policy(1000, 700))
    dumped = [list(store.dump(900)) for store in stores]
    assert dumped[0] == dumped[1]
    (record,) = unpack(dumped[0][0].records)
    assert (record.age_ms, record.left_ms, record.stale_ms) == (400, 600, 700)


def test_what_comes_while_a_dump_goes_on_is_new(store_of: StoreOf) -> None:
    """A dump has one time, and takes some."""
    store, other = store_of(PLENTY), empty(store_of)
    put(store, "a.example.", now_ms=510)
    (dumped,) = store.dump(500)
    assert other.load(dumped.records, 500, 0) == Loaded(kept=1)
    assert got(other, "a.example.", 500).stored_ms == 500


def test_octets_that_are_no_records_are_refused(store_of: StoreOf) -> None:
    """By the stores themselves, too."""
    with pytest.raises(WireError):
        store_of(PLENTY).load(b"\0" * 200, 0, 0)


def test_a_file_that_cannot_be_written_harms_nothing(
    written: Path, clock: FixedClock, store_of: StoreOf
) -> None:
    """What was there stays, and nothing is left beside it."""
    before = written.read_bytes()

    class Broken(MemoryStore):
        def dump(self, now_ms: int):  # type: ignore[no-untyped-def]  # it yields nothing
            raise OSError(28, "No space left on device")

    with pytest.raises(ResolverError) as raised:
        run(imagefile.write(written, Broken(1), clock))
    assert str(raised.value) == f"cannot write {written}: no space left on device"
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]
    assert written.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ResolverError, match="no such file or directory"):
        run(imagefile.write(written.parent / "no" / "folder", empty(store_of), clock))
    with pytest.raises(ImageFileError, match="no such file or directory"):
        run(imagefile.read(written.parent / "nothing", empty(store_of), clock))
