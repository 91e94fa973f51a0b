# SPDX-License-Identifier: Apache-2.0
"""What tests of plugins from outside share: a folder to install them in, and the command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import Command
from tests.outside.site import COREFILE, Run, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@pytest.fixture
def run(tmp_path: Path, site: Site) -> Iterator[Run]:
    """Yield what starts the command in a folder with a Corefile, with the site's packages."""
    started: list[Command] = []

    def start(*args: str, corefile: str = COREFILE) -> Command:
        (tmp_path / "Corefile").write_text(corefile)
        started.append(Command(tmp_path, *args, PYTHONPATH=site.path))
        return started[-1]

    yield start
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()
