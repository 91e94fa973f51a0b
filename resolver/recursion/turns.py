# SPDX-License-Identifier: Apache-2.0
"""Whose turn it is: flights that wait for a slot in libunbound, suffix by suffix.

A suffix is the last two labels of a name. The suffixes take turns, so that a flood of names below
one of them delays nobody else; and once half of the slots are taken, none holds more than a tenth,
so that the names of one slow zone cannot fill libunbound.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

from resolver import names

SUFFIX_LABELS = 2

_T = TypeVar("_T")


def suffix_of(qname: bytes) -> bytes:
    """Return what a name waits under: its last two labels."""
    return names.last_labels(qname, SUFFIX_LABELS)


class _Queue(Generic[_T]):
    """What waits under one suffix, and how many slots the suffix holds."""

    __slots__ = ("held", "waiting")

    def __init__(self) -> None:
        self.waiting: OrderedDict[_T, None] = OrderedDict()
        self.held = 0


class Turns(Generic[_T]):
    """The slots of one upstream, and who waits for one. Items are hashable and stand here once."""

    def __init__(self, slots: int) -> None:
        if slots < 1:
            raise ValueError("no slots")
        self.slots = slots
        self.taken = 0
        self.waiting = 0
        self._queues: dict[bytes, _Queue[_T]] = {}
        # Suffixes that wait stand in one of these, the others in none.
        self._round: OrderedDict[bytes, None] = OrderedDict()
        self._at_share: OrderedDict[bytes, None] = OrderedDict()

    def wait(self, suffix: bytes, item: _T) -> None:
        """Queue an item behind the others of its suffix."""
        queue = self._queues.get(suffix)
        if queue is None:
            queue = self._queues[suffix] = _Queue()
        queue.waiting[item] = None
        self.waiting += 1
        if suffix not in self._at_share:
            self._round.setdefault(suffix)

    def leave(self, suffix: bytes, item: _T) -> bool:
        """Take an item out that waits no more; False if it does not wait."""
        queue = self._queues.get(suffix)
        if queue is None or item not in queue.waiting:
            return False
        del queue.waiting[item]
        self.waiting -= 1
        self._forget_if_idle(suffix, queue)
        return True

    def next(self) -> _T | None:
        """Give a slot to the item whose turn it is and return it.

        None if nothing waits, all slots are taken, or each suffix that waits has its share.
        """
        if self.taken >= self.slots:
            return None
        is_tight = self.taken * 2 >= self.slots
        if not is_tight:
            self._round.update(self._at_share)
            self._at_share.clear()
        while self._round:
            suffix, _ = self._round.popitem(last=False)
            queue = self._queues[suffix]
            if is_tight and queue.held >= self.share:
                self._at_share[suffix] = None
                continue
            item, _ = queue.waiting.popitem(last=False)
            self.waiting -= 1
            queue.held += 1
            self.taken += 1
            if queue.waiting:
                self._round[suffix] = None
            return item
        return None

    @property
    def share(self) -> int:
        """The slots that one suffix may hold once half of all are taken: a tenth, at least one."""
        return max(1, self.slots // 10)

    def give_back(self, suffix: bytes) -> None:
        """Free a slot that an item of this suffix held."""
        queue = self._queues[suffix]
        queue.held -= 1
        self.taken -= 1
        if suffix in self._at_share and queue.held < self.share:
            del self._at_share[suffix]
            self._round[suffix] = None
        self._forget_if_idle(suffix, queue)

    def _forget_if_idle(self, suffix: bytes, queue: _Queue[_T]) -> None:
        if queue.waiting:
            return
        self._round.pop(suffix, None)
        self._at_share.pop(suffix, None)
        if not queue.held:
            del self._queues[suffix]
