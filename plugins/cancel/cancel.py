# SPDX-License-Identifier: Apache-2.0
"""What `cancel` says: the longest time until a query is answered."""

from resolver.corefile.controller import Line
from resolver.errors import ConfigurationError

DEFAULT_MS = 5001  # CoreDNS's


def patience_ms(line: Line) -> int:
    """Return the time-out that a line says, in milliseconds: 5001 without arguments.

    Raises ConfigurationError for what is no duration above 0.
    """
    if not line.args:
        return DEFAULT_MS
    text = line.only_arg()
    try:
        patience = line.duration_ms(text)
    except ConfigurationError:
        raise line.error(f'invalid duration: "{text}"') from None
    if patience <= 0:
        raise line.error(f'invalid negative duration: "{text}"')
    return patience
