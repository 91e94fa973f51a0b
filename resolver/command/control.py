# SPDX-License-Identifier: Apache-2.0
"""`rootward control COMMAND`: ask a server that runs, and print what it tells."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resolver.command.options import Fatal, Options
from resolver.control.places import OFF, client_paths, connect
from resolver.errors import reason

TIMEOUT_S = 15.0
USAGE = """usage: rootward [-control PATH] control COMMAND
  flush NAME        forget what is kept for a name
  flush -zone ZONE  forget what is kept for a zone and all below it
  dump FILE         write what the cache has to a file
  load FILE         keep what such a file has, where nothing is kept yet
  stats             show what was counted
  flights           show what is being asked now, since when, for how many
  log-level LEVEL   log debug, info, warning or error and what is above"""

_COMMANDS = {line.split()[0] for line in USAGE.splitlines()[1:]}

# Why records of a file were not kept, by the number of resolver.types.Loaded.
LEFT = {
    "ended": "were past their time",
    "foreign": "are of another configuration",
    "refused": "were there already, or have no place",
}


def control(options: Options) -> int:
    """Ask what the words say, and print the answer; return 0.

    Raises Fatal for words that make no sense, if there is no server, or if it refuses.
    """
    asked = request_of(options.words)
    told = _ask(options, asked)
    if not told.get("ok"):
        raise Fatal(f"rootward control: {told.get('error', 'it failed')}")
    for line in lines_of(asked, told):
        print(line)
    return 0


def request_of(words: Sequence[str]) -> dict[str, Any]:
    """Return what to send for the words of a command line. Raises Fatal."""
    match list(words):
        case ["flush", ("-zone" | "--zone"), name]:
            return {"command": "flush", "name": name, "zone": True}
        case ["flush", name] if not name.startswith("-"):
            return {"command": "flush", "name": name, "zone": False}
        case [("dump" | "load") as command, file] if not file.startswith("-"):
            return {"command": command, "file": str(Path(file).absolute())}
        case [("stats" | "flights") as command]:
            return {"command": command}
        case ["log-level", level]:
            return {"command": "log-level", "level": level}
        case [word, *_] if word not in _COMMANDS:
            raise Fatal(f"rootward control: no command '{word}'\n{USAGE}")
    raise Fatal(USAGE)


def lines_of(asked: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """Return an answer as a person reads it."""
    match asked["command"]:
        case "flush":
            below = ", and all that libunbound had cached" if told["recursion"] else ""
            return [f"removed {_entries(told['removed'])}{below}"]
        case "dump":
            return [f"wrote {_entries(told['entries'])} to {asked['file']}"]
        case "load":
            left = [f"{told[name]} {why}" for name, why in LEFT.items() if told[name]]
            return ["; ".join([f"kept {_entries(told['kept'])}", *left])]
        case "stats":
            return _table([(name, str(value)) for name, value in told["stats"].items()])
        case "log-level":
            return [f"log level is {asked['level']}, was {told['before']}"]
    rows = [("NAME", "TYPE", "SECONDS", "WAITING", "STATE")]
    for flight in told["flights"]:
        seconds = f"{flight['age_ms'] / 1000:.1f}"
        state = "asked" if flight["asked"] else "queued"
        rows.append((flight["name"], flight["type"], seconds, str(flight["waiting"]), state))
    left = told["in_all"] - len(told["flights"])
    return _table(rows) + [f"and {left} more"] * bool(left)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _ask(options: Options, asked: dict[str, Any]) -> dict[str, Any]:
    """Ask the first server that is there. A socket that a killed one left is no server."""
    if options.control == OFF:
        raise Fatal("rootward control: -control off: there is no socket to ask at")
    paths = client_paths(options.control, os.environ)
    tried: list[str] = []
    for path in paths:
        try:
            with connect(path, TIMEOUT_S) as sock, sock.makefile("rwb") as stream:
                stream.write(json.dumps(asked).encode() + b"\n")
                stream.flush()
                told = json.loads(stream.readline() or b'{"error": "no answer"}')
                return dict(told)
        except OSError as error:
            tried.append(f"{path}: {reason(error)}")
    raise Fatal(f"rootward control: no server found: {'; '.join(tried)}")
