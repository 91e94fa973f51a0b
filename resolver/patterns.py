# SPDX-License-Identifier: Apache-2.0
"""Regular expressions of a Corefile: RE2, so that no name costs more than its own length."""

from typing import Any

MAX_PATTERN_CHARS = 10_000


def compile_pattern(text: str) -> Any:
    """Return the compiled pattern of `text` (RE2, Go's syntax).

    Raises ValueError if it is no regular expression, or longer than 10,000 characters.
    """
    if len(text) > MAX_PATTERN_CHARS:
        raise ValueError(f"regex pattern too long: {len(text)} > {MAX_PATTERN_CHARS} characters")
    import re2  # a library of its own: for who has a pattern

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        shown = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"error parsing regexp: {shown}") from None
