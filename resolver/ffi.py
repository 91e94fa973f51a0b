# SPDX-License-Identifier: Apache-2.0
"""The one Python face of resolver._native: lengths are checked here, statuses become errors.

Imports next to nothing: the child process that proves configurations needs it at once.
"""

from __future__ import annotations

import os
import struct
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from resolver._native import ffi, lib
from resolver.errors import ResolverError, WireError

if TYPE_CHECKING:
    from resolver._native import CData
    from resolver.types import Submission

BATCH = lib.RN_BATCH
GROUPS = lib.RN_GROUPS
BOGUS = lib.RN_BOGUS
SECURE = lib.RN_SECURE

# struct rn_question and the head of struct rn_result, in the machine's own byte order.
_QUESTION = struct.Struct("=QIHHBB255s7x")
_RESULT = struct.Struct("=QIiIHBBBBB5x")
_STATS = struct.Struct("=QQQQ")


class NativeError(ResolverError):
    """libunbound, or what stands between it and us, refused; `status` is native.h's."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Record(NamedTuple):
    """One result as it comes; native.h's struct rn_result tells what the fields mean.

    `text` is why data is bogus or, with `status` below 0, why libunbound was not asked.
    """

    ticket: int
    group: int
    status: int
    rcode: int
    security: int
    context: int
    is_ratelimited: bool
    wire: bytes
    text: bytes
    is_answered: bool


class Stats(NamedTuple):
    """Counters of one group number, over the life of its resolver thread.

    `completed` counts results that are there to be drained, `failed` those of them without data,
    `contexts` what exists now, contexts that are still drained included.
    """

    submitted: int
    completed: int
    failed: int
    contexts: int

    @property
    def in_flight(self) -> int:
        """The number of questions that have no result yet."""
        return max(0, self.submitted - self.completed)


def libunbound_version() -> str:
    """Return the version of the linked libunbound."""
    return _text(lib.rn_library_version())


def try_configuration(text: bytes) -> tuple[int, str]:
    """Load an unbound.conf text into a context, finalise it and delete it.

    Returns 0 or why it failed (libunbound's number), and what libunbound logged, a line each, or
    the error's text. Complaints about syntax go to descriptor 2 instead. Only in a process that
    serves nothing and is thrown away: a rejected text spoils the parser of the whole process.
    """
    message = _message()
    status = lib.rn_configuration_try(text, len(text), message)
    return status, _text(message)


def fork_configuration(text: bytes, complaints: int, result: int) -> int:
    """Try a text in a fork of this process; return its process ID, to be waited for.

    `complaints` is its descriptor 2; at `result` come the four octets of what `try_configuration`
    returns, and what libunbound logged. Only before this process has a context. Raises OSError.
    """
    pid = lib.rn_configuration_fork(text, len(text), complaints, result)
    if pid < 0:
        raise OSError(ffi.errno, os.strerror(ffi.errno))
    return pid


def _message() -> CData:
    return ffi.new("char[]", lib.RN_MESSAGE_SIZE)


def _text(message: CData) -> str:
    octets = ffi.string(message)
    assert isinstance(octets, bytes)
    return octets.decode("utf-8", "replace")


def _free(recurse: CData, library: CData, pid: int) -> None:
    """Free both, in the order that they need; in a fork the thread does not exist: leave them."""
    if os.getpid() == pid:
        lib.rn_recurse_free(recurse)
        lib.rn_library_free(library)


class ResolverThread:
    """A resolver thread of libunbound with its groups of contexts; a process has one.

    The owner's thread only, but for `configure`, `flush`, `remove` and `stats`: any thread.
    """

    def __init__(self, capacity: int, drain_ms: int) -> None:
        self._library = lib.rn_library_new()
        if self._library == ffi.NULL:
            raise ResolverError("no memory or descriptor for libunbound")
        self._recurse = lib.rn_recurse_new(self._library, capacity, drain_ms)
        if self._recurse == ffi.NULL:
            lib.rn_library_free(self._library)
            raise ResolverError(f"no resolver thread for {capacity} questions")
        self._finalizer = weakref.finalize(self, _free, self._recurse, self._library, os.getpid())
        self._finalizer.atexit = False
        self._questions = ffi.new("struct rn_question[]", BATCH)
        self._questions_octets = ffi.buffer(self._questions)
        self._records = ffi.new("uint8_t[]", 2 * lib.RN_DRAIN_SIZE)
        self._records_view = memoryview(ffi.buffer(self._records))
        self._log = ffi.new("char[]", lib.RN_LOG_SIZE)
        self._dropped = ffi.new("uint64_t *")

    @property
    def handle(self) -> CData:
        """The `struct rn_recurse *`, for other parts in C; valid until `free`."""
        return self._recurse

    def fileno(self) -> int:
        """Return the eventfd that is readable while there are results or log lines to drain."""
        self._check_open()
        return lib.rn_library_wake_fd(self._library)

    def configure(self, group: int, first: bytes, second: bytes) -> None:
        """Make or replace a group's contexts; `second` is the text of context 1.

        Waits for the resolver thread. Raises NativeError, and then nothing has changed.
        """
        self._check_open()
        message = _message()
        self._check(
            lib.rn_recurse_configure(
                self._recurse, group, first, len(first), second, len(second), message
            ),
            message,
        )

    def flush(self, group: int) -> None:
        """Replace a group's contexts by empty ones. As `configure` otherwise."""
        self._check_open()
        message = _message()
        self._check(lib.rn_recurse_flush(self._recurse, group, message), message)

    def remove(self, group: int) -> None:
        """Remove a group; what it has in flight is drained. Raises NativeError if there is none."""
        self._check_open()
        if status := lib.rn_recurse_remove(self._recurse, group):
            raise NativeError(f"no group {group} of contexts to remove", status)

    def submit(self, batch: Sequence[Submission], group: int) -> int:
        """Hand over at most BATCH questions; returns how many were taken, from the front.

        Raises WireError if one cannot be a question; then none was taken.
        """
        if not self._finalizer.alive:
            return 0
        at = 0
        for ticket, qname, qtype, qclass, renew in batch[:BATCH]:
            if not 0 < len(qname) <= 255:
                raise WireError(f"a QNAME of {len(qname)} octets")
            context = 0 if renew is None else 1 - renew
            try:
                _QUESTION.pack_into(
                    self._questions_octets,
                    at,
                    ticket,
                    group,
                    qtype,
                    qclass,
                    context,
                    len(qname),
                    qname,
                )
            except struct.error as error:
                raise WireError(f"no question: {error}") from error
            at += _QUESTION.size
        return lib.rn_recurse_submit(self._recurse, self._questions, at // _QUESTION.size)

    def drain(self) -> list[Record]:
        """Return what is finished, at most BATCH; sets the eventfd again if more is left."""
        if not self._finalizer.alive:
            return []
        view = self._records_view
        end = lib.rn_recurse_drain(self._recurse, self._records, len(view))
        records = []
        at = 0
        while at < end:
            (
                ticket,
                group,
                status,
                wire_length,
                text_length,
                rcode,
                security,
                context,
                limited,
                answered,
            ) = _RESULT.unpack_from(view, at)
            wire_at = at + _RESULT.size
            text_at = wire_at + wire_length
            at = text_at + text_length
            wire = bytes(view[wire_at:text_at])
            text = bytes(view[text_at:at]) if text_length else b""
            records.append(
                Record(
                    ticket,
                    group,
                    status,
                    rcode,
                    security,
                    context,
                    limited != 0,
                    wire,
                    text,
                    answered != 0,
                )
            )
            at = -(-at // 8) * 8
        return records

    def clear(self) -> None:
        """Make the eventfd unreadable. Before draining, never after."""
        if self._finalizer.alive:
            lib.rn_library_wake_clear(self._library)

    def drain_log(self) -> tuple[list[bytes], int]:
        """Return libunbound's log lines since the last call, and how many found no room."""
        if not self._finalizer.alive:
            return [], 0
        length = lib.rn_library_log_drain(self._library, self._log, lib.RN_LOG_SIZE, self._dropped)
        lines = bytes(ffi.buffer(self._log, length)).split(b"\n")[:-1]
        return lines, self._dropped[0]

    def stats(self, group: int) -> Stats:
        """Return the counters of a group's number, which need not exist (any more)."""
        self._check_open()
        counters = ffi.new("struct rn_stats *")
        if status := lib.rn_recurse_stats(self._recurse, group, counters):
            raise NativeError(f"no group {group} of contexts", status)
        return Stats(*_STATS.unpack(ffi.buffer(counters)))

    def stop(self) -> None:
        """End the thread; what is in flight becomes results that can still be drained."""
        if self._finalizer.alive:
            lib.rn_recurse_close(self._recurse)

    def free(self) -> None:
        """End the thread and free all; may be called twice. Nothing is left to drain."""
        self._finalizer()

    def _check_open(self) -> None:
        if not self._finalizer.alive:
            raise ResolverError("the resolver thread has ended")

    @staticmethod
    def _check(status: int, message: CData) -> None:
        if status != lib.RN_OK:
            raise NativeError(f"libunbound: {_text(message)}", status)
