# SPDX-License-Identifier: Apache-2.0
"""Predicates: conditions in postfix that hold for a query or not, for who decides without Python.

What the filters of a view become; `resolver.engine.filters` translates them.
"""

from __future__ import annotations

import enum
import ipaddress
from typing import NamedTuple

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_DEPTH = 64  # of the stack that conditions are evaluated on


class Word(enum.IntEnum):
    """What one condition says; the numbers are those of enum rn_test_kind."""

    TRUE = 0
    FALSE = 1
    CLIENT = 2  # the client's address is in one of the networks
    LOCAL = 3  # the address that was queried is
    TYPE = 4  # the QTYPE is this number
    NAME = 5  # the QNAME is this name (lower-case wire form)
    UDP = 6  # `proto()` is udp
    AND = 7  # of the two before
    OR = 8
    NOT = 9  # of the one before


class Condition(NamedTuple):
    """One word, with what it compares to; only the field of its kind is set."""

    word: Word
    networks: tuple[Network, ...] = ()
    number: int = 0
    name: bytes = b""


Predicate = tuple[Condition, ...]

EVERYBODY: Predicate = (Condition(Word.TRUE),)
