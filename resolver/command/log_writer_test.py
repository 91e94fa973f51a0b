# SPDX-License-Identifier: Apache-2.0
"""Tests of the log's writer: nothing holds up whoever logs."""

import logging
import os
from collections.abc import Iterator

import pytest

from resolver.command.log_lines import TextLines
from resolver.command.log_writer import LogWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Yield the two ends of a pipe."""
    reading, writing = os.pipe()
    yield reading, writing
    for fd in (reading, writing):
        try:
            os.close(fd)
        except OSError as error:
            assert error.errno == 9  # a test closed it


def writer(fd: int, max_lines: int = 10_000) -> LogWriter:
    made = LogWriter(fd, max_lines)
    made.setFormatter(TextLines())
    return made


def say(log: LogWriter, text: str) -> None:
    log.handle(logging.LogRecord("server", logging.INFO, "", 0, text, (), None))


def test_lines_come_in_their_order(pipe: tuple[int, int]) -> None:
    """Those of the log and those with a form of their own."""
    log = writer(pipe[1])
    for number in range(500):
        say(log, f"line {number}")
    log.put(".:53")
    log.close()
    lines = os.read(pipe[0], 1 << 16).decode().splitlines()
    assert lines == [f"[INFO] line {number}" for number in range(500)] + [".:53"]


def test_a_reader_that_is_stuck_holds_up_nobody(pipe: tuple[int, int]) -> None:
    """What does not fit is dropped and counted; once it reads again it is told how many."""
    reading, writing = pipe
    counted: list[int] = []
    log = writer(writing, max_lines=10)
    log.on_drop = counted.append
    while not log.dropped:
        say(log, "x" * 4000)
    for _ in range(99):
        log.put("y" * 4000)
    assert log.dropped == sum(counted) >= 1
    text = b""
    while b"dropped" not in text:
        text += os.read(reading, 1 << 20)
        log.put("z")
    told = [line for line in text.decode().splitlines() if "dropped" in line]
    assert told[0].startswith("[WARNING] log lines dropped, since nobody read them count=")
    log.close()


def test_many_lines_at_once(pipe: tuple[int, int]) -> None:
    """They come in their order with others, and are counted one by one where there is no room."""
    reading, writing = pipe
    counted: list[int] = []
    log = writer(writing, max_lines=10)
    log.on_drop = counted.append
    say(log, "a")
    log.put_lines(b"b\nc\n", 2)
    say(log, "d")
    text = b""
    while len(text) < 22:
        text += os.read(reading, 100)
    assert text == b"[INFO] a\nb\nc\n[INFO] d\n"
    while not log.dropped:
        log.put_lines(b"x" * 5000 + b"\ny\n", 2)
    assert (log.dropped, counted) == (2, [2])
    os.close(reading)
    log.close()


def test_drops_are_told_once_a_minute(pipe: tuple[int, int]) -> None:
    """Not with every batch."""
    now_s = [0.0]
    log = LogWriter(pipe[1], monotonic_s=lambda: now_s[0])
    log.setFormatter(TextLines())
    log.close()  # from here the test is the thread
    told: list[bool] = []
    for at_s, dropped in ((0, 1), (1, 2), (59, 3), (61, 4), (62, 4), (200, 4)):
        now_s[0], log.dropped = at_s, dropped
        told.append(log._told_drops() != b"")
    assert told == [True, False, False, True, False, False]


def test_a_reader_that_has_gone_ends_the_log_and_nothing_else(pipe: tuple[int, int]) -> None:
    """EPIPE is no reason to die."""
    reading, writing = pipe
    os.close(reading)
    log = writer(writing)
    while not log.dropped:
        say(log, "x")
    log.close()


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: tuple[int, int]) -> None:
    """Who shares standard output with us may have made it so."""
    reading, writing = pipe
    os.set_blocking(writing, False)
    log = writer(writing)
    log.put("x" * 100_000)
    text = b""
    while not text.endswith(b"\n"):
        text += os.read(reading, 1 << 16)
    log.close()
    assert len(text) == 100_001
