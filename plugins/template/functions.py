# SPDX-License-Identifier: Apache-2.0
"""The functions of templates: Go's, as far as they are of use for records, and `parseInt`."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

Function = Callable[..., Any]


def shown(value: Any) -> str:
    """Return a value as a template writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + " ".join(shown(item) for item in value) + "]"
    return str(value)


def is_true(value: Any) -> bool:
    """Return whether a value counts as true: what is empty or zero does not."""
    return bool(value)


def index(value: Any, *keys: Any) -> Any:
    """Return an item of a list by number, or of a mapping by name. Raises ValueError."""
    for key in keys:
        if isinstance(value, tuple) and isinstance(key, int):
            if not 0 <= key < len(value):
                raise ValueError(f"index out of range: {key}")
            value = value[key]
        elif isinstance(value, Mapping):
            value = value.get(key, "")
        else:
            raise ValueError("can't index item")
    return value


def parse_uint(text: Any, base: Any, bits: Any) -> int:
    """Return the unsigned number that `text` is in `base`, of at most `bits` bits (0: 64)."""
    if not isinstance(text, str) or not isinstance(base, int) or not isinstance(bits, int):
        raise ValueError("parseInt takes a string, a base and a number of bits")
    if base not in range(2, 37) or bits not in range(65):
        raise ValueError("parseInt: invalid base or number of bits")
    if not text.isascii() or not text.isalnum():
        raise ValueError(f'parseInt: parsing "{text}": invalid syntax')
    number = int(text, base)
    if number >> (bits or 64):
        raise ValueError(f'parseInt: parsing "{text}": value out of range')
    return number


def _compare(name: str) -> Function:
    apply: Function = getattr(operator, name)

    def run(left: Any, right: Any) -> bool:
        if type(left) is not type(right):
            raise ValueError(f"{name}: incompatible types for comparison")
        return bool(apply(left, right))

    return run


def _equal(left: Any, *others: Any) -> bool:
    compare = _compare("eq")
    return any([compare(left, other) for other in others])


def _all(*values: Any) -> Any:
    return next((value for value in values if not is_true(value)), values[-1])


def _any(*values: Any) -> Any:
    return next((value for value in values if is_true(value)), values[-1])


FUNCTIONS: Mapping[str, Function] = {
    "index": index,
    "parseInt": parse_uint,
    "len": len,
    "print": lambda *values: "".join(shown(value) for value in values),
    "eq": _equal,
    "ne": _compare("ne"),
    "lt": _compare("lt"),
    "le": _compare("le"),
    "gt": _compare("gt"),
    "ge": _compare("ge"),
    "and": _all,
    "or": _any,
    "not": lambda value: not is_true(value),
}
