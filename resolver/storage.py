# SPDX-License-Identifier: Apache-2.0
"""Store: the memory for responses that `cache` and both engines have in common.

There are two: in Python's memory (plugins/cache/store.py) and in C's (resolver/native/store.py).
`resolver.types` has these names too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

from resolver.classify import Class
from resolver.request import Request
from resolver.response import Response

if TYPE_CHECKING:
    from resolver.engine.policies import Keeping

STORE = "cache/store"  # the key of the process's one store among the shared objects


class Policy(NamedTuple):
    """How long a response is kept: milliseconds from now, and how long it may be served stale.

    `kept_ms` is until the entry dies, `stale_ms` how long behind that it may still be served.
    """

    kept_ms: int
    stale_ms: int = 0


class Key(NamedTuple):
    """What a stored response is found by; `partition` is 16 octets."""

    partition: bytes
    qname: bytes
    qtype: int
    qclass: int
    do: bool
    cd: bool


class Group(Protocol):
    """Entries of one partition and class, which are counted, and maybe bounded, together."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def capacity(self) -> int | None:
        """The greatest number of them, None for no bound."""

    @property
    def evictions(self) -> int:
        """How many had to go before their time, since the start."""


class Entry(Protocol):
    """A stored response as it was when it was found; its store alone alters it.

    last_hit_ms: when a hit was last counted, at first when it was stored.
    """

    @property
    def response(self) -> Response:
        """What was kept."""

    @property
    def group(self) -> Group:
        """With which it is counted."""

    stored_ms: int
    deadline_ms: int
    stale_until_ms: int
    hits: int
    last_hit_ms: int


class Dumped(NamedTuple):
    """Entries as records (resolver/imagerecord.py); `ends_ms`: when the last of them is over."""

    records: bytes
    entries: int
    ends_ms: int


class Loaded(NamedTuple):
    """What became of records: kept; past their time; of another configuration; no place for them.

    There is no place for what is there already, or where something would have to go for it.
    """

    kept: int = 0
    ended: int = 0
    foreign: int = 0
    refused: int = 0


class Keeps(Protocol):
    """Judges and keeps responses as `cache` does, in one step, for one `cache` directive."""

    def knows(self, request: Request, now_ms: int) -> bool:
        """Return whether anything is kept for a question, its failure too, fresh or stale."""

    def keep(
        self, request: Request, response: Response, now_ms: int, wall_s: float
    ) -> tuple[bytes, bool] | None:
        """Keep the response to a request if it is one to keep.

        Returns the octets that go on to the client and whether the response was dropped, or None:
        nothing was done.
        """


class Store(Protocol):
    """Memory for responses. `cache` owns the policy, the store owns the memory.

    Time comes with each call, in milliseconds of CLOCK_BOOTTIME, and must not go back.
    """

    @property
    def max_octets(self) -> int:
        """The bound on the sum of all entries."""

    def resize(self, max_octets: int) -> None:
        """Change the bound; entries go if there are too many for it."""

    def group(self, partition: bytes, kept_as: Class) -> Group:
        """Return the group of a partition (16 octets) and class, made when first asked for."""

    def limit(self, group: Group, capacity: int | None) -> None:
        """Bound the number of a group's entries; None takes the bound away."""

    def get(self, key: Key, now_ms: int) -> Entry | None:
        """Return the entry, fresh or stale, or None."""

    def put(self, key: Key, response: Response, now_ms: int, policy: Policy, group: Group) -> bool:
        """Keep a response in place of what `key` had; False if it does not fit.

        What goes for it is of the same group if that has a capacity and is full. The hits of what
        was there are carried over. The response's question must be the key's.
        """

    def keeping(self, partition: bytes, policy: Keeping) -> Keeps | None:
        """Return what keeps responses as a policy says, None if the caller has to do it."""

    def count_hit(self, entry: Entry, now_ms: int, gap_ms: int) -> int:
        """Count a hit; return the hits with no gap above `gap_ms` between them, this one included.

        0 if another entry has taken the place of this one.
        """

    def touch(self, entry: Entry) -> bool:
        """Claim the entry's refresh: True for one caller, until it is released or put anew."""

    def release(self, entry: Entry) -> None:
        """Take back the claim on an entry's refresh: it came to nothing."""

    def discard(self, key: Key, now_ms: int) -> None:
        """Remove one entry, if there is one."""

    def end_stale(self, key: Key, now_ms: int) -> None:
        """Let an entry, if there is one, live no longer than it is fresh."""

    def remove(self, name: bytes, zone: bool = False) -> int:
        """Remove the entries of `name` (with `zone`: and below); return how many there were."""

    def remove_names(self, changed: Collection[bytes]) -> int:
        """Remove the entries of many names at once; give a set. Return how many there were."""

    def dump(self, now_ms: int) -> Iterator[Dumped]:
        """Yield all entries as records, some hundreds at a time.

        What comes or goes meanwhile may be told or not.
        """

    def load(self, records: bytes, now_ms: int, elapsed_ms: int) -> Loaded:
        """Keep what whole records say that were made so long ago; nothing goes for it.

        Raises WireError for octets that are no records; what stood before them is kept.
        """

    def stats(self) -> dict[str, int]:
        """Return `entries`, `octets` and `evictions` (since the start)."""
