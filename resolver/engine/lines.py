# SPDX-License-Identifier: Apache-2.0
"""Lines of the log as data, so that an engine can write them without Python.

A handler that writes a line for each query tells which queries have one, and what it is put
together of. Of events whose lines were written so it is told no more.
"""

import enum
from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from resolver.block import Block
from resolver.classify import Class
from resolver.engine.observed import EventObserver, event_observers


class Field(enum.Enum):
    """A value in a line, by what it tells; `-` where there is nothing to tell.

    HOST, LOCAL_HOST: addresses without brackets. JSON_...: as a value of JSON, null for nothing;
    JSON_NAME without its quotes.
    """

    TYPE = enum.auto()
    CLASS = enum.auto()
    NAME = enum.auto()
    PROTO = enum.auto()
    REMOTE = enum.auto()
    LOCAL = enum.auto()
    PORT = enum.auto()
    SIZE = enum.auto()
    RCODE = enum.auto()
    RSIZE = enum.auto()
    DURATION = enum.auto()
    RFLAGS = enum.auto()
    BUFSIZE = enum.auto()
    DO = enum.auto()
    ID = enum.auto()
    HOST = enum.auto()
    LOCAL_HOST = enum.auto()
    JSON_NAME = enum.auto()
    JSON_RCODE = enum.auto()
    JSON_RFLAGS = enum.auto()
    JSON_DURATION = enum.auto()
    JSON_PLUGIN = enum.auto()


Program = tuple[str | Field, ...]
"""What a line is put together of, from its beginning: text, which is printable, and values."""


class LineRule(NamedTuple):
    """Queries at or below `zone` whose response is of one of `classes` have a line.

    program: None if only the handler can write it. is_whole: nothing stands in front of it, such as
    the level.
    """

    zone: bytes
    classes: frozenset[Class]
    program: Program | None
    is_whole: bool = False


@runtime_checkable
class LineObserver(EventObserver, Protocol):
    """A handler that writes a line for each query, to the log of queries (resolver/querylog.py)."""

    @property
    def line_rules(self) -> Sequence[LineRule]:
        """The rules; the first one counts whose zone a name is below. They do not change."""


def line_observer(block: Block) -> LineObserver | None:
    """Return the handler of a block that writes lines; None: there is none, or several."""
    found = [each for each in event_observers(block) if isinstance(each, LineObserver)]
    return found[0] if len(found) == 1 else None
