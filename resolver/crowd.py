# SPDX-License-Identifier: Apache-2.0
"""The queries of one server that are in chains, and how many more it takes."""

from collections.abc import Iterator

from resolver.answering import Answer
from resolver.limits import Limits

LONG_OCTETS = 1024
"""No resolver sends a query of so many octets: those that somebody does have little room."""


class Crowd:
    """Answers whose chains are not done. The event loop's thread only."""

    __slots__ = ("_answers", "_long_octets")

    def __init__(self) -> None:
        self._answers: set[Answer] = set()
        self._long_octets = 0

    def __iter__(self) -> Iterator[Answer]:
        return iter(self._answers)

    def __contains__(self, answer: object) -> bool:
        return answer in self._answers

    def has_room(self, octets: int, limits: Limits) -> bool:
        """Return whether a query of so many octets may join."""
        if len(self._answers) >= limits.in_flight:
            return False
        return octets < LONG_OCTETS or self._long_octets + octets <= limits.long_octets

    def join(self, answer: Answer) -> None:
        """Count an answer that is not there yet."""
        self._answers.add(answer)
        octets = len(answer.request.wire)
        if octets >= LONG_OCTETS:
            self._long_octets += octets

    def leave(self, answer: Answer) -> None:
        """Count an answer no more; nothing, if it is not there."""
        if answer in self._answers:
            self._answers.remove(answer)
            octets = len(answer.request.wire)
            if octets >= LONG_OCTETS:
                self._long_octets -= octets
