# SPDX-License-Identifier: Apache-2.0
"""What `multisocket` says: a number of sockets."""

from resolver.corefile.controller import Directive
from resolver.errors import ConfigurationError

MAX_SOCKETS = 1024


def sockets(directive: Directive, default: int) -> int:
    """Return how many sockets a directive says, `default` without arguments.

    Raises ConfigurationError unless it is a number from 1 to 1024.
    """
    if directive.has_braces:
        raise directive.error("Unexpected token '{', expecting argument")
    if not directive.args:
        return default
    text = directive.only_arg()
    try:
        number = directive.whole_number(text)
    except ConfigurationError:
        raise directive.error(f"invalid num sockets: {text}") from None
    if number < 1:
        raise directive.error(f"num sockets can not be zero or negative: {number}")
    if number > MAX_SOCKETS:
        raise directive.error(f"num sockets exceeds maximum ({MAX_SOCKETS}): {number}")
    return number
