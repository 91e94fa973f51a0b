# SPDX-License-Identifier: Apache-2.0
"""The file in which a store's content outlives its process, or goes to another one.

    header: magic, version, checksum and length of what follows, when it was written, when the last
    entry in it is over (milliseconds since 1970), the header's own checksum
    blocks: length, records (resolver/imagerecord.py)

Either engine reads what the other wrote. A file is written beside its place and moved there whole;
it is used whole or not at all: what is wrong with one shows before the first record is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple

from resolver.clock import Clock
from resolver.errors import ResolverError, WireError, reason
from resolver.storage import Loaded, Store

MAGIC = b"rootward cache\0\n"
VERSION = 1
MAX_SKEW_MS = 10_000  # how far a clock may have been set back since a file was written
_READ_OCTETS = 1 << 20

_HEADER = Struct("!16sIIQqq")  # magic, version, checksum, length, written, ends
_CHECKSUM = Struct("!I")
_LENGTH = Struct("!I")
HEADER_OCTETS = _HEADER.size + _CHECKSUM.size


class ImageFileError(ResolverError):
    """A file that is not used, and why."""


class Header(NamedTuple):
    """What a file says of itself."""

    magic: bytes
    version: int
    checksum: int
    length: int
    written_ms: int
    ends_ms: int


async def write(path: Path, store: Store, clock: Clock) -> int:
    """Write all that a store has; return the number of entries. The event loop is not held up.

    Only its owner may read the file. Raises ResolverError if it cannot be written; then what was
    there before still is.
    """
    now_ms, wall_ms = clock.now_ms(), _wall_ms(clock)
    count, length, checksum, ends_ms = 0, 0, 0, now_ms
    try:
        file = await asyncio.to_thread(_open_beside, path)
        try:
            for dumped in store.dump(now_ms):
                block = _LENGTH.pack(len(dumped.records)) + dumped.records
                count += dumped.entries
                length += len(block)
                checksum = zlib.crc32(block, checksum)
                ends_ms = max(ends_ms, dumped.ends_ms)
                await asyncio.to_thread(file.write, block)
            header = Header(MAGIC, VERSION, checksum, length, wall_ms, wall_ms + ends_ms - now_ms)
            await asyncio.to_thread(_finish, file, header, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            file.close()  # may fail anew: what is not written yet has no room
            raise
    except OSError as error:
        raise ResolverError(f"cannot write {path}: {reason(error)}") from error
    return count


async def read(path: Path, store: Store, clock: Clock) -> Loaded:
    """Keep what a file has; what the store has stays. The event loop is not held up.

    Raises ImageFileError for a file that cannot be used; then nothing was kept (but what stands
    before octets that are no records although their checksum is right).
    """
    try:
        file = await asyncio.to_thread(path.open, "rb")
        with contextlib.closing(file):
            header = await asyncio.to_thread(_checked, file, path, _wall_ms(clock))
            began_ms = clock.now_ms()
            elapsed_ms = max(0, _wall_ms(clock) - header.written_ms)
            loaded = Loaded()
            blocks = _blocks(file)
            while block := await asyncio.to_thread(next, blocks, b""):
                now_ms = clock.now_ms()
                more = store.load(block, now_ms, elapsed_ms + now_ms - began_ms)
                loaded = Loaded(*map(sum, zip(loaded, more, strict=True)))
            return loaded
    except OSError as error:
        raise ImageFileError(f"cannot read {path}: {reason(error)}") from error
    except WireError as error:
        raise ImageFileError(f"{path} is not used to its end: {error}") from error


def _wall_ms(clock: Clock) -> int:
    return int(clock.wall_s() * 1000)


def _open_beside(path: Path) -> BinaryIO:
    """Return a new file in the folder of `path`, where the header is still to be written."""
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    file = open(name, "wb", opener=lambda *_: handle)  # noqa: SIM115  # closed by who asked
    file.write(bytes(HEADER_OCTETS))
    return file


def _finish(file: BinaryIO, header: Header, path: Path) -> None:
    octets = _HEADER.pack(*header)
    file.seek(0)
    file.write(octets + _CHECKSUM.pack(zlib.crc32(octets)))
    file.flush()
    os.fsync(file.fileno())
    file.close()
    Path(file.name).replace(path)


def _checked(file: BinaryIO, path: Path, wall_ms: int) -> Header:
    """Read a file to its end and return its header. Raises ImageFileError if it cannot be used."""

    def refuse(why: str) -> ImageFileError:
        return ImageFileError(f"{path} is not used: {why}")

    octets = file.read(HEADER_OCTETS)
    if octets[: len(MAGIC)] != MAGIC[: len(octets)] or not octets:
        raise refuse("it is no file of a cache")
    if len(octets) < HEADER_OCTETS:
        raise refuse("it is cut short")
    header = Header(*_HEADER.unpack_from(octets))
    if header.version != VERSION:
        raise refuse(f"it is of version {header.version}, not {VERSION}")
    if zlib.crc32(octets[: _HEADER.size]) != _CHECKSUM.unpack_from(octets, _HEADER.size)[0]:
        raise refuse("its checksum is wrong")
    if header.ends_ms <= wall_ms:
        raise refuse(f"all in it was over {(wall_ms - header.ends_ms) // 1000} s ago")
    if header.written_ms > wall_ms + MAX_SKEW_MS:
        raise refuse(f"it was written {(header.written_ms - wall_ms) // 1000} s from now")
    length, checksum = 0, 0
    while block := file.read(_READ_OCTETS):
        length += len(block)
        checksum = zlib.crc32(block, checksum)
    if length < header.length:
        raise refuse("it is cut short")
    if length > header.length or checksum != header.checksum:
        raise refuse("its checksum is wrong")
    file.seek(HEADER_OCTETS)
    return header


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the records of a checked file, a block at a time."""
    while octets := file.read(_LENGTH.size):
        yield file.read(_LENGTH.unpack(octets)[0]) if len(octets) == _LENGTH.size else octets
