# SPDX-License-Identifier: Apache-2.0
"""libunbound through pyunbound, where the compiled bridge cannot be had: same face, slower."""

import itertools
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from resolver.errors import ResolverError, WireError
from resolver.recursion.pyunbound_contexts import UNASKED, Contexts, Loaded
from resolver.recursion.pyunbound_module import Answer, Module
from resolver.recursion.said import reason
from resolver.types import Result, Submission

CAPACITY = 4096  # questions that are submitted and not yet drained
BATCH = 256  # results that one `drain` returns
GROUPS = 256

_HEADER = 12  # octets of a message's header (RFC 1035, 4.1.1)
_SERVFAIL = 2


class _Group:
    """A configuration: the texts of its two contexts, the second of which is made when asked."""

    __slots__ = ("loaded", "texts")

    def __init__(self, texts: tuple[bytes, bytes], first: Loaded) -> None:
        self.texts = texts
        self.loaded: list[Loaded | None] = [first, None]


class _Asked(NamedTuple):
    """A question in flight; `number` is that of its context in the group."""

    ticket: int
    loaded: Loaded
    number: int


class Pyunbound:
    """Contexts in groups, as `bridge.Bridge` has them. The event loop's thread only.

    What is replaced or removed finishes what it has in flight: libunbound gives up after 29 s.
    """

    def __init__(
        self,
        module: Module,
        capacity: int = CAPACITY,
        flush_streams: Callable[[], None] | None = None,
    ) -> None:
        self._module = module
        self._capacity = capacity
        self._contexts = Contexts(module, self._on_answer, flush_streams)
        self._log = logging.getLogger("plugin/unbound")
        self._groups: dict[int, _Group] = {}
        self._asked: dict[int, _Asked] = {}
        self._keys = itertools.count(UNASKED + 1)
        self._done: deque[Result] = deque()
        self._complained: set[str] = set()

    def submit(self, batch: Sequence[Submission], group: int = 0) -> int:
        """Hand over questions for a group; returns how many were taken, from the front.

        Fewer are taken when too many are not yet drained, and none after `close`. Raises WireError
        if one cannot be a question: a QNAME over 255 octets, a type over 65535.
        """
        if not self._contexts.is_open:
            return 0
        for submission in batch:
            _check(submission)
        room = max(0, self._capacity - len(self._asked) - len(self._done))
        for submission in batch[:room]:
            self._ask(submission, group)
        return min(room, len(batch))

    def drain(self) -> list[Result]:
        """Return what is finished, of all groups, at most 256; passes libunbound's log on to ours.

        When more is left, the descriptor stays readable.
        """
        if self._contexts.is_open:
            for status in self._contexts.process():
                self._complain(self._module.ub_strerror(status))
        results = [self._done.popleft() for _ in range(min(BATCH, len(self._done)))]
        if self._done:
            self._contexts.wake_up()
        return results

    def fileno(self) -> int:
        """Return the descriptor that is readable while `drain` has something to do.

        Raises ResolverError after `close`.
        """
        return self._contexts.fileno()

    def reconfigure(self, text: bytes, second: bytes | None = None, group: int = 0) -> None:
        """Use another proven configuration in a group from now on; makes the group if need be.

        `second` is the text of its second context, where only one may track trust anchors. Raises
        ResolverError if libunbound refuses it; then nothing has changed.
        """
        if not 0 <= group < GROUPS:
            raise ResolverError(f"no group {group} of contexts")
        made = _Group((text, text if second is None else second), self._contexts.load(text))
        self._replace(group)
        self._groups[group] = made
        self._complained.clear()

    def add(self, text: bytes, second: bytes | None = None) -> int:
        """Make a new group with the lowest number from 1 that is free; returns the number."""
        for group in range(1, GROUPS):
            if group not in self._groups:
                self.reconfigure(text, second, group)
                return group
        raise ResolverError(f"over {GROUPS - 1} different configurations of libunbound")

    def remove(self, group: int) -> None:
        """Remove a group; what it has in flight is finished."""
        if group not in self._groups:
            raise ResolverError(f"no group {group} of contexts to remove")
        self._replace(group)

    def flush(self, group: int = 0) -> None:
        """Forget all that a group has cached; what is in flight is finished."""
        known = self._groups.get(group)
        if known is None:
            raise ResolverError(f"no group {group} of contexts")
        self.reconfigure(*known.texts, group)

    async def forget(self, group: int = 0) -> None:
        """Flush; it has to be in the event loop's thread."""
        self.flush(group)

    def close(self) -> None:
        """End all; what is in flight comes back from `drain` as failed. Twice is harmless.

        Whoever watches the descriptor has to stop before: it is closed.
        """
        self._groups.clear()
        self._contexts.close()
        self._done.extend(_failed(each.ticket, each.number) for each in self._asked.values())
        self._asked.clear()

    def _replace(self, group: int) -> None:
        """Take a group out; its contexts end when they have nothing in flight."""
        known = self._groups.pop(group, None)
        for loaded in known.loaded if known is not None else ():
            if loaded is not None:
                self._contexts.replace(loaded)

    def _ask(self, submission: Submission, group: int) -> None:
        number = 0 if submission.renew is None else 1 - submission.renew
        try:
            name = name_text(submission.qname)
            loaded = self._context(group, number)
            key = next(self._keys)
            self._asked[key] = _Asked(submission.ticket, loaded, number)
            loaded.in_flight += 1
            status, _ = self._module._ub_resolve_async(
                loaded.context, name, submission.qtype, submission.qclass, key, self._on_answer
            )
            if status != 0:
                del self._asked[key]
                loaded.in_flight -= 1
                raise ResolverError(self._module.ub_strerror(status))
        except ResolverError as error:
            self._complain(str(error))
            self._done.append(_failed(submission.ticket, number))
            self._contexts.wake_up()

    def _context(self, group: int, number: int) -> Loaded:
        known = self._groups.get(group)
        if known is None:
            raise ResolverError("no such group of contexts")
        loaded = known.loaded[number]
        if loaded is None:
            loaded = known.loaded[number] = self._contexts.load(known.texts[number])
        return loaded

    def _on_answer(self, key: int, status: int, answer: Answer) -> None:
        """Take a result; pyunbound frees it when this returns."""
        asked = self._asked.pop(key, None)
        if asked is None:
            return  # the question that finalises a context
        asked.loaded.in_flight -= 1
        if status != 0:
            self._complain(self._module.ub_strerror(status))
            self._done.append(_failed(asked.ticket, asked.number))
            return
        self._done.append(self._result(asked, answer))

    def _result(self, asked: _Asked, answer: Answer) -> Result:
        module = self._module
        wire = module.ub_result__packet(answer) or b""
        rcode = wire[3] & 0xF if len(wire) >= _HEADER else _SERVFAIL
        why = None
        if module.ub_result_bogus_get(answer):
            said = module.ub_result_why_bogus_get(answer) or ""
            why = reason(said.encode("utf-8", "surrogateescape"))
        return Result(
            asked.ticket,
            rcode,
            bool(module.ub_result_secure_get(answer)),
            why,
            None if rcode == _SERVFAIL else wire,
            asked.number,
            bool(module.ub_result_was_ratelimited_get(answer)),
        )

    def _complain(self, text: str) -> None:
        """Log why libunbound is not asked, each reason once: queries may be many."""
        if text not in self._complained:
            self._complained.add(text)
            self._log.warning("question not asked error=%r", text)


def name_text(qname: bytes) -> str:
    """Return a name as text that libunbound reads back to the same octets.

    All but letters and digits is written as \\DDD (RFC 1035, 5.1). Raises ResolverError if the
    octets are no uncompressed name.
    """
    labels: list[str] = []
    at = 0
    while at < len(qname) and 0 < qname[at] <= 63:
        label = qname[at + 1 : at + 1 + qname[at]]
        labels.append("".join(_character(octet) for octet in label) + ".")
        at += 1 + qname[at]
    if qname[at:] != b"\0":
        raise ResolverError("malformed name")
    return "".join(labels) or "."


def _character(octet: int) -> str:
    char = chr(octet)
    return char if char.isascii() and char.isalnum() else f"\\{octet:03d}"


def _check(submission: Submission) -> None:
    ticket, qname, qtype, qclass, renew = submission
    if not 0 < len(qname) <= 255:
        raise WireError(f"a QNAME of {len(qname)} octets")
    is_question = 0 <= ticket < 1 << 64 and 0 <= qtype < 1 << 16 and 0 <= qclass < 1 << 16
    if not is_question or renew not in (None, 0, 1):
        raise WireError("no question: a number is out of range")


def _failed(ticket: int, number: int) -> Result:
    return Result(ticket, _SERVFAIL, False, None, None, number)
