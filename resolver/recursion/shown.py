# SPDX-License-Identifier: Apache-2.0
"""A recursion in flight as `rootward control flights` shows it."""

from typing import NamedTuple


class FlightShown(NamedTuple):
    """A recursion in flight: what is asked, since when, and for how many.

    `is_asked` is False while it waits for its turn.
    """

    qname: bytes
    qtype: int
    age_ms: int
    waiting: int
    is_asked: bool
