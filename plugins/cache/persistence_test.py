# SPDX-License-Identifier: Apache-2.0
"""`persist`: when the file is read, and when it is written."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from plugins.cache.cache import Cache
from plugins.cache.setup import setup
from resolver.corefile.controller import Controller, Services
from resolver.errors import ConfigurationError
from resolver.request import Request
from resolver.response import Response
from resolver.testing import (
    FixedClock,
    NextHandler,
    RecordingWriter,
    controller,
    request,
    response,
    run,
    services,
)

pytestmark = pytest.mark.usefixtures("kept_in")


def answered(asked: Request) -> Response:
    return response(f"{asked.name} A", [f"{asked.name} 300 IN A 192.0.2.1"], recursive=True)


class Process:
    """Server blocks from their start to their end; `asked` are the names that went upstream."""

    def __init__(self, clock: FixedClock) -> None:
        self.given = services(clock)
        self.upstream = NextHandler(answered)

    def set_up(self, *texts: str) -> list[Controller]:
        """Set up the blocks of a configuration."""
        made = [
            controller(text, given=self.given, zones=[f"z{number}."])
            for number, text in enumerate(texts)
        ]
        self.given.blocks = [each.block for each in made]
        for each in made:
            setup(each)
            cache = each.block.handlers[0]
            assert isinstance(cache, Cache)
            cache.next_handler = self.upstream
        return made

    async def ask(self, made: Controller, name: str) -> None:
        cache = made.block.handlers[0]
        asked = request(f"{name} A", now_ms=self.given.clock.now_ms())
        assert await cache.serve_dns(RecordingWriter(), asked) == 0

    async def ready(self) -> None:
        """Wait until the file is read."""
        await self.given.shared["cache/persistence"].reading

    @property
    def asked(self) -> list[str]:
        return [asked.name for asked in self.upstream.requests]


async def begin(configuration: Sequence[Controller]) -> None:
    for each in configuration:
        for hook in each.block.hooks.started:
            await hook()


async def end(configuration: Sequence[Controller]) -> None:
    for each in configuration:
        for hook in each.block.hooks.shutdown:
            await hook()


def test_content_outlives_the_process(tmp_path: Path) -> None:
    """Of all server blocks, aged by the time in between."""
    clock = FixedClock()
    texts = [f"cache {{\n persist {tmp_path}/kept\n}}", "cache"]

    async def life() -> list[str]:
        process = Process(clock)
        made = process.set_up(*texts)
        await begin(made)
        await process.ready()
        for number, each in enumerate(made):
            await process.ask(each, f"www.z{number}.")
        await end(made)
        return process.asked

    assert run(life()) == ["www.z0.", "www.z1."]
    clock.advance(299_000)
    assert run(life()) == []
    clock.advance(1000)
    assert run(life()) == ["www.z0.", "www.z1."]


def test_a_reload_neither_reads_nor_writes(tmp_path: Path) -> None:
    """The content is there; the file is written once the last configuration ends."""
    path = tmp_path / "kept"

    async def life() -> None:
        process = Process(FixedClock())
        old = process.set_up(f"cache {{\n persist {path}\n}}")
        await begin(old)
        await process.ready()
        await process.ask(old[0], "www.z0.")
        new = process.set_up(f"cache {{\n persist {path}\n}}")
        await begin(new)
        await end(old)
        assert not path.exists()
        await end(new)
        assert path.exists()

    run(life())


def test_another_file_takes_over(tmp_path: Path) -> None:
    """After a reload that names it."""

    async def life() -> None:
        process = Process(FixedClock())
        old = process.set_up(f"cache {{\n persist {tmp_path}/old\n}}")
        await begin(old)
        new = process.set_up(f"cache {{\n persist {tmp_path}/new\n}}")
        await begin(new)
        await end(old)
        await end(new)

    run(life())
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_configuration_that_never_served_writes_nothing(tmp_path: Path) -> None:
    """It has nothing, and what is there may be good."""
    (tmp_path / "kept").write_bytes(b"precious")
    run(end(Process(FixedClock()).set_up(f"cache {{\n persist {tmp_path}/kept\n}}")))
    assert (tmp_path / "kept").read_bytes() == b"precious"


def test_a_file_that_is_no_good_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In one line; the server serves, and writes a better one."""
    (tmp_path / "kept").write_bytes(b"something else")

    async def life() -> None:
        process = Process(FixedClock())
        made = process.set_up(f"cache {{\n persist {tmp_path}/kept\n}}")
        await begin(made)
        await process.ready()
        await process.ask(made[0], "www.z0.")
        await end(made)

    with caplog.at_level(logging.INFO, "plugin/cache"):
        run(life())
    assert caplog.messages == [
        f"{tmp_path}/kept is not used: it is no file of a cache",
        f"content written file={tmp_path}/kept entries=1 seconds=0.0",
    ]


def test_a_folder_that_has_gone_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing else goes wrong."""
    folder = tmp_path / "folder"
    folder.mkdir()

    async def life() -> None:
        process = Process(FixedClock())
        made = process.set_up(f"cache {{\n persist {folder}/kept\n}}")
        await begin(made)
        folder.rmdir()
        await end(made)

    with caplog.at_level(logging.ERROR, "plugin/cache"):
        run(life())
    assert caplog.messages == [
        f"content is lost: cannot write {folder}/kept: no such file or directory"
    ]


def test_two_files_are_refused(tmp_path: Path) -> None:
    """The error names both lines."""
    process = Process(FixedClock())
    with pytest.raises(ConfigurationError) as raised:
        process.set_up(
            f"cache {{\n persist {tmp_path}/a\n}}",
            f"cache {{\n keepttl\n persist {tmp_path}/b\n}}",
        )
    assert str(raised.value) == (
        f"Corefile:3 - Error during parsing: plugin/cache: persist {tmp_path}/b differs from the "
        "file at Corefile:2: the process has one cache"
    )


def test_a_relative_file_is_below_root(tmp_path: Path) -> None:
    """As all paths of a server block are."""
    given: Services = services()
    made = controller("cache {\n persist kept\n}", given=given)
    made.block.root = str(tmp_path)
    setup(made)
    cache = made.block.handlers[0]
    assert isinstance(cache, Cache)
    assert cache.policy.persist == f"{tmp_path}/kept"
