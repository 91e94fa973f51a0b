# SPDX-License-Identifier: Apache-2.0
"""Environment variables in a Corefile: `{%NAME%}`, then `{$NAME}`, are replaced by their values."""

import re
from collections.abc import Mapping

MAX_ROUNDS = 100
MAX_LENGTH = 1 << 20  # characters; a value that names itself twice grows fast

_WINDOWS = re.compile(r"\{%(.+?)%\}", re.DOTALL)
_UNIX = re.compile(r"\{\$([^}]+)\}")


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Return `text` with references to environment variables replaced; an unset one is empty.

    A value may hold references itself. `{$}` is no reference and stays.

    Raises ValueError if the values go round in a circle.
    """
    if "{" not in text:
        return text
    for pattern in (_WINDOWS, _UNIX):
        rounds = 0
        while pattern.search(text) is not None:
            rounds += 1
            text = pattern.sub(lambda found: environment.get(found[1], ""), text)
            if rounds == MAX_ROUNDS or len(text) > MAX_LENGTH:
                raise ValueError("environment variables refer to each other without end")
    return text
