# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest that notes each query that tests ask a server, in `asked.txt`.

    pytest -p tests.differential.recording -k python tests plugins

Queries that differ in digits alone are one kind: floods and numbered names are noted once.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import resolver.server
from resolver.query import read_query

ASKED = Path(__file__).with_name("asked.txt")
_MOST_OCTETS = 400

_asked: dict[bytes, bytes] = {}


def _noted(octets: bytes) -> object:
    if len(octets) <= _MOST_OCTETS:
        message = bytes(2) + octets[2:]
        _asked.setdefault(re.sub(rb"[0-9]+", b"0", message), message)
    return read_query(octets)


@pytest.fixture(scope="session", autouse=True)
def recorded() -> Iterator[None]:
    """Write what was asked, in the end."""
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(resolver.server, "read_query", _noted)
        yield
    ASKED.write_text("".join(f"{each.hex()}\n" for each in sorted(_asked.values())))
