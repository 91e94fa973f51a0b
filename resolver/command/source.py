# SPDX-License-Identifier: Apache-2.0
"""Where a Corefile comes from: `-conf`, the working folder, or the built-in one."""

import logging
import socket
import sys
from pathlib import Path
from typing import NamedTuple

from resolver.command.options import Fatal
from resolver.corefile.imports import MAX_OCTETS, decode, read_text
from resolver.errors import reason

FILE = "Corefile"
BUILT_IN_FILE = "built-in Corefile"


class Source(NamedTuple):
    """A Corefile's text, and what its errors call it."""

    text: str
    file: str


def find_source(conf: str) -> Source:
    """Return the Corefile that `-conf` names, else ./Corefile, else the built-in one.

    Raises Fatal if the one that is named, or there, cannot be read.
    """
    if conf == "stdin":
        return _from_pipe() or built_in()
    if conf:
        return read_source(conf, "loading Caddyfile via flag: ")
    try:
        is_there = Path(FILE).exists()
    except OSError as error:  # a folder that is closed to the user we are
        raise Fatal(f"open {FILE}: {reason(error)}") from None
    return read_source(FILE) if is_there else built_in()


def read_source(file: str, prefix: str = "") -> Source:
    """Return the Corefile in a file. Raises Fatal, its text with `prefix`, if it cannot be read."""
    try:
        return Source(read_text(Path(file)), file)
    except IsADirectoryError:
        raise Fatal(f"{prefix}read {file}: is a directory") from None
    except OSError as error:
        raise Fatal(f"{prefix}open {file}: {reason(error)}") from None
    except ValueError as error:
        raise Fatal(f"{prefix}read {file}: {error}") from None


def _from_pipe() -> Source | None:
    """Return the Corefile on standard input, None if that is a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        return None
    try:
        return Source(decode(sys.stdin.buffer.read(MAX_OCTETS + 1)), "/dev/stdin")
    except ValueError as error:
        raise Fatal(f"reading /dev/stdin: {error}") from None


def built_in() -> Source:
    """Return the Corefile of a server that was told nothing: recursion for this machine."""
    addresses = "127.0.0.1 ::1"
    if not _has_ipv6_loopback():
        addresses = "127.0.0.1"
        logging.getLogger("corefile").warning("no address ::1 here: listening on 127.0.0.1 only")
    text = f". {{\n    bind {addresses}\n    errors\n    loadbalance\n    cache\n    unbound\n}}\n"
    return Source(text, BUILT_IN_FILE)


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
