# SPDX-License-Identifier: Apache-2.0
"""What the properties of `timeouts` say."""

import re

from resolver.corefile.controller import Line
from resolver.errors import ConfigurationError

MIN_MS, MAX_MS = 1000, 24 * 3_600_000


def timeout_ms(line: Line) -> int:
    """Return a time-out in milliseconds; a number without a unit is in seconds.

    Raises ConfigurationError unless it is between 1 second and 24 hours.
    """
    text = line.only_arg()
    try:
        timeout = line.duration_ms(f"{text}s" if re.fullmatch(r"[+-]?[0-9]+", text) else text)
    except ConfigurationError:
        raise line.error(f"failed to parse duration '{text}'") from None
    if not MIN_MS <= timeout <= MAX_MS:
        raise line.error(f"timeout provided '{text}' needs to be between 1 second and 24 hours")
    return timeout


def queries(line: Line) -> int:
    """Return how many queries a connection may send, 0 for any number (written -1).

    Raises ConfigurationError for 0 and for what is no number.
    """
    text = line.only_arg()
    try:
        number = line.whole_number(text)
    except ConfigurationError:
        raise line.error(f"invalid value for maxtcpqueries: '{text}'") from None
    if number != -1 and number <= 0:
        raise line.error(
            f"maxtcpqueries provided '{text}' needs to be -1 (unlimited) or greater than 0"
        )
    return max(number, 0)
