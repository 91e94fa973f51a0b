# SPDX-License-Identifier: Apache-2.0
"""What tests of the command share: a folder with a Corefile, and runs that end with the test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command.running import WHOAMI, Command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a Corefile."""
    (tmp_path / "Corefile").write_text(WHOAMI)
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Command]]:
    """Yield a function that starts the command; what is left at the end is killed."""
    started: list[Command] = []

    def run(*args: str, **options: object) -> Command:
        started.append(Command(folder, *args, **options))  # type: ignore[arg-type]  # passed on
        return started[-1]

    yield run
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()
