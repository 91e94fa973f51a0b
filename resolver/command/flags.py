# SPDX-License-Identifier: Apache-2.0
"""Flags as Go's package `flag` reads them: `-x V`, `-x=V`, `--x V`; the first other word ends them.

A flag without value is a boolean one, and takes a value only behind `=`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


class FlagError(Exception):
    """Arguments that are no flags; the text is Go's. Empty if the user asked for help."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag; `value` names its value in the usage text, empty for a boolean flag."""

    name: str
    usage: str
    value: str = ""
    alias: str = ""


def read_flags(
    args: Sequence[str], flags: Sequence[Flag]
) -> tuple[dict[str, str | bool], list[str]]:
    """Return what was given, by the flags' names, and the words behind the flags.

    Raises FlagError.
    """
    known = {name: flag for flag in flags for name in (flag.name, flag.alias) if name}
    given: dict[str, str | bool] = {}
    rest = list(args)
    while rest and len(rest[0]) > 1 and rest[0].startswith("-"):
        arg = rest.pop(0)
        if arg == "--":
            break
        name, equals, text = arg.removeprefix("-").removeprefix("-").partition("=")
        if not name or name.startswith("-"):
            raise FlagError(f"bad flag syntax: {arg}")
        flag = known.get(name)
        if flag is None and name in ("h", "help"):
            raise FlagError
        if flag is None:
            raise FlagError(f"flag provided but not defined: -{name}")
        if not flag.value:
            given[flag.name] = _boolean(name, text) if equals else True
        elif equals:
            given[flag.name] = text
        elif rest:
            given[flag.name] = rest.pop(0)
        else:
            raise FlagError(f"flag needs an argument: -{name}")
    return given, rest


def _boolean(name: str, text: str) -> bool:
    if text not in _TRUE | _FALSE:
        raise FlagError(f'invalid boolean value "{text}" for -{name}: parse error')
    return text in _TRUE


def usage(command: str, flags: Sequence[Flag]) -> str:
    """Return what a user who asks for help reads about the flags."""
    lines = [f"Usage of {command}:"]
    for flag in flags:
        alias = f", -{flag.alias}" if flag.alias else ""
        lines += [f"  -{flag.name}{alias} {flag.value}".rstrip(), f"    \t{flag.usage}"]
    return "\n".join(lines)
