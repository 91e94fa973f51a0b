# SPDX-License-Identifier: Apache-2.0
"""The protocol of the socket: lines in, lines out, whatever comes."""

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from resolver.control.listener import MAX_CLIENTS, MAX_LINE_OCTETS, ControlListener
from resolver.errors import ResolverError
from resolver.testing import run

PATIENCE_S = 20.0


class Echo:
    """Commands that tell what was asked; `no` is refused, `wait` never answered."""

    async def run(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked.get("command") == "no":
            raise ResolverError("no such thing")
        if asked.get("command") == "wait":
            await asyncio.Event().wait()
        return {"asked": dict(asked)}


async def answers(path: Path, sent: bytes) -> list[bytes]:
    """Send octets and the end; return the lines that come back."""
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_S):
            return (await reader.read()).splitlines()
    except ConnectionError:
        return []
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("sent", "want"),
    [
        pytest.param(b'{"a": 1}\n', [{"ok": True, "asked": {"a": 1}}], id="a question"),
        pytest.param(
            b'{"a": 1}\n{"command": "no"}\n',
            [{"ok": True, "asked": {"a": 1}}, {"ok": False, "error": "no such thing"}],
            id="two, one refused",
        ),
        pytest.param(b"[]\n", [{"ok": False, "error": "no JSON object"}], id="no object"),
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"x" * (2 * MAX_LINE_OCTETS) + b"\n", [], id="a line too long"),
    ],
)
def test_lines(tmp_path: Path, sent: bytes, want: list[object]) -> None:
    """Each has one answer; a line without end ends the connection."""

    async def live() -> list[object]:
        listener = ControlListener(tmp_path / "control", Echo())
        await listener.start()
        got = await answers(tmp_path / "control", sent)
        await listener.close()
        return [json.loads(line) for line in got]

    assert run(live()) == want
    assert not (tmp_path / "control").exists()


@pytest.mark.parametrize("sent", [b"{\n", b"\xff\xfe\n", b'{"a": \n'])
def test_what_is_no_json(tmp_path: Path, sent: bytes) -> None:
    """Is told so."""

    async def live() -> bytes:
        listener = ControlListener(tmp_path / "control", Echo())
        await listener.start()
        [line] = await answers(tmp_path / "control", sent)
        await listener.close()
        return line

    assert json.loads(run(live()))["error"].startswith("no JSON: ")


def test_a_few_at_a_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who is one too many is turned away; the end ends all."""

    async def live() -> None:
        path = tmp_path / "control"
        listener = ControlListener(path, Echo())
        await listener.start()
        waiting = [await asyncio.open_unix_connection(path) for _ in range(MAX_CLIENTS)]
        for _, writer in waiting:
            writer.write(b'{"command": "wait"}\n')
        reader, writer = await asyncio.open_unix_connection(path)
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.read() == b""
            await listener.close()
            for each, _ in waiting:
                assert await each.read() == b""
        for one in (writer, *(each for _, each in waiting)):
            one.close()

    with caplog.at_level(logging.WARNING):
        run(live())
    assert caplog.messages == []
