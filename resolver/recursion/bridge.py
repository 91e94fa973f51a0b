# SPDX-License-Identifier: Apache-2.0
"""libunbound on its own thread, as the core sees it: questions in, results and log lines out.

A configuration has a group of two contexts, with a number. Group 0 is the one that
`types.Recursion` speaks of; more are for server blocks whose configurations differ. All share one
thread, one descriptor and one `drain`; tickets are the caller's and tell results apart.
"""

import asyncio
import logging
from collections.abc import Sequence

from resolver import ffi
from resolver.errors import ResolverError
from resolver.ffi import Stats
from resolver.recursion.said import parse_log_line, printable, reason
from resolver.types import Result, Submission

CAPACITY = 4096  # questions that are submitted and not yet drained
DRAIN_MS = (
    30_000  # how long replaced contexts may finish what they have: libunbound gives up at 29 s
)


class Bridge:
    """A resolver thread and its groups of contexts: a `types.Recursion`. A process has one.

    The event loop's thread only, but for `reconfigure`, `add`, `remove`, `flush`: those wait some
    milliseconds for the resolver thread, and may be called in another thread, one at a time.
    """

    def __init__(self, capacity: int = CAPACITY, drain_ms: int = DRAIN_MS) -> None:
        self._thread = ffi.ResolverThread(capacity, drain_ms)
        self._log = logging.getLogger("plugin/unbound")
        self._groups: set[int] = set()
        self._complained: set[str] = set()
        self._left: list[Result] = []

    @property
    def thread(self) -> ffi.ResolverThread:
        """The resolver thread, for native flights."""
        return self._thread

    def submit(self, batch: Sequence[Submission], group: int = 0) -> int:
        """Hand over questions for a group; returns how many were taken, from the front.

        Fewer are taken when too many are not yet drained, and none after `close`. Raises WireError
        if one cannot be a question: a QNAME over 255 octets, a type over 65535.
        """
        taken = 0
        while taken < len(batch):
            part = batch[taken : taken + ffi.BATCH]
            count = self._thread.submit(part, group)
            taken += count
            if count < len(part):
                break
        return taken

    def drain(self) -> list[Result]:
        """Return what is finished, of all groups, at most 256; passes libunbound's log on to ours.

        When more is left, the descriptor stays readable.
        """
        if self._left:
            results, self._left = self._left[: ffi.BATCH], self._left[ffi.BATCH :]
            return results
        self._thread.clear()
        results = [self._result(record) for record in self._thread.drain()]
        self._forward_log()
        return results

    def fileno(self) -> int:
        """Return the descriptor that is readable while `drain` has something to do.

        Raises ResolverError after `close`.
        """
        return self._thread.fileno()

    def reconfigure(self, text: bytes, second: bytes | None = None, group: int = 0) -> None:
        """Use another proven configuration in a group from now on; makes the group if need be.

        `second` is the text of its second context, where only one may track trust anchors. What
        was submitted before is finished by the old contexts, or fails after 30 s. Raises
        NativeError if libunbound refuses it; then nothing has changed.
        """
        self._thread.configure(group, text, text if second is None else second)
        self._groups.add(group)
        self._complained.clear()

    def add(self, text: bytes, second: bytes | None = None) -> int:
        """Make a new group with the lowest number from 1 that is free; returns the number."""
        for group in range(1, ffi.GROUPS):
            if group not in self._groups:
                self.reconfigure(text, second, group)
                return group
        raise ResolverError(f"over {ffi.GROUPS - 1} different configurations of libunbound")

    def remove(self, group: int) -> None:
        """Remove a group; what it has in flight is finished, or fails after 30 s."""
        self._thread.remove(group)
        self._groups.discard(group)

    def flush(self, group: int = 0) -> None:
        """Forget all that a group has cached; what is outstanding is drained."""
        self._thread.flush(group)

    async def forget(self, group: int = 0) -> None:
        """Flush in another thread; the resolver thread may take its time."""
        await asyncio.to_thread(self.flush, group)

    def stats(self, group: int = 0) -> Stats:
        """Return a group's counters."""
        return self._thread.stats(group)

    def close(self) -> None:
        """End the thread; what is outstanding comes back from `drain` as failed. Twice is harmless.

        Whoever watches the descriptor has to stop before: it is closed.
        """
        self._thread.stop()
        while records := self._thread.drain():
            self._left += [self._result(record) for record in records]
        self._forward_log()
        self._thread.free()

    def _result(self, record: ffi.Record) -> Result:
        why = None
        if record.status < 0:
            self._complain(printable(record.text))
        elif record.security == ffi.BOGUS:
            why = reason(record.text)
        return Result(
            record.ticket,
            record.rcode,
            record.security == ffi.SECURE,
            why,
            record.wire or None,
            record.context,
            record.is_ratelimited,
            record.is_answered,
        )

    def _complain(self, text: str) -> None:
        """Log why libunbound is not asked, each reason once: queries may be many."""
        if text not in self._complained:
            self._complained.add(text)
            self._log.warning("question not asked error=%r", text)

    def _forward_log(self) -> None:
        lines, dropped = self._thread.drain_log()
        for line in lines:
            level, text = parse_log_line(line)
            self._log.log(level, "libunbound: %s", text)
        if dropped:
            self._log.warning("libunbound's log was too long lines_dropped=%d", dropped)
