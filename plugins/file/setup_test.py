# SPDX-License-Identifier: Apache-2.0
"""What `file` accepts."""

import logging
import re
from pathlib import Path

import pytest

from plugins.file.conftest import Write
from plugins.file.file import File
from plugins.file.setup import setup
from resolver import names
from resolver.errors import ConfigurationError
from resolver.testing import controller, set_up

ORG, A_ORG = names.from_text("example.org."), names.from_text("a.example.org.")


@pytest.mark.parametrize(
    "text, fallthrough",
    [
        pytest.param("file DB example.org", (), id="a zone"),
        pytest.param("file DB", (), id="the server block's zone"),
        pytest.param("file DB {\n reload 5s\n reload_by_mtime\n}", (), id="reload"),
        pytest.param("file DB {\n reload 0\n}", (), id="never reloaded"),
        pytest.param("file DB {\n upstream\n}", (), id="a property of old"),
        pytest.param("file DB {\n fallthrough\n}", (names.ROOT,), id="fallthrough"),
        pytest.param("file DB {\n fallthrough a.example.org\n}", (A_ORG,), id="of some"),
    ],
)
def test_what_the_lines_say(text: str, fallthrough: tuple[bytes, ...], write: Write) -> None:
    """The zone is read while they are."""
    file: File = set_up(setup, text.replace("DB", str(write())), zones=["example.org."])
    assert list(file.zones) == [ORG]
    assert file.zones[ORG].fallthrough == fallthrough
    assert file.zones[ORG].loaded.zone is not None


def test_lines_add_up(write: Write) -> None:
    """Each has its file; the last one counts for a zone that stands twice."""
    path = write()
    file: File = set_up(
        setup, f"file {path} example.org 10.0.0.0/8\nfile {path} example.org {{\n fallthrough\n}}"
    )
    assert list(file.zones) == [ORG, names.from_text("10.in-addr.arpa.")]
    assert file.zones[ORG].fallthrough == (names.ROOT,)


def test_a_relative_file_is_below_the_root(write: Write) -> None:
    """That of the plugin *root*."""
    made = controller(f"file {write().name}", zones=["example.org."])
    made.block.root = str(write().parent)
    setup(made)
    file = made.block.handlers[0]
    assert isinstance(file, File)
    assert file.zones[ORG].loaded.zone is not None


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("file", "Wrong argument count", id="no file"),
        pytest.param("file DB {\n no_reload\n}", "unknown property 'no_reload'", id="property"),
        pytest.param("file DB {\n transfer from 127.0.0.1\n}", "unknown property", id="transfer"),
        pytest.param(
            "file DB {\n reload\n}", "reload duration value is expected", id="no duration"
        ),
        pytest.param("file DB {\n reload x\n}", 'invalid duration "x"', id="a bad duration"),
        pytest.param("file DB {\n reload -1s\n}", "invalid negative duration", id="negative"),
        pytest.param("file DB {\n reload_by_mtime x\n}", "Wrong argument count", id="mtime x"),
        pytest.param("file DB a..b", "empty label in name", id="no zone"),
        pytest.param(
            "file none {\n reload 0\n}",
            "open none: No such file or directory and reload disabled",
            id="no file, and none to come",
        ),
    ],
)
def test_what_is_refused(text: str, says: str, write: Write) -> None:
    """In the words of CoreDNS, where it has some, with the line."""
    text = text.replace("DB", str(write()))
    with pytest.raises(ConfigurationError, match=rf"^Corefile:\d+ - .*{re.escape(says)}"):
        set_up(setup, text, zones=["example.org."])


def test_an_error_in_the_zone_is_one(write: Write) -> None:
    """With the line of the Corefile, and that of the zone."""
    path = write(text="bad IN A 192.0.2.x\n")
    with pytest.raises(ConfigurationError, match=rf"^Corefile:1 - .*plugin/file: {path}:9: \w"):
        set_up(setup, f"file {path} example.org")


@pytest.mark.parametrize(
    "reload, shown",
    [("", "1m0s"), ("{\n reload 5s\n}", "5s"), ("{\n reload 90500ms\n}", "1m30.5s")],
)
def test_a_file_that_is_not_there_is_a_warning(
    reload: str, shown: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It may come later."""
    path = tmp_path / "none"
    set_up(setup, f"file {path} example.org {reload}")
    said = f'Failed to open "{path}": trying again in {shown}'
    assert caplog.record_tuples == [("plugin/file", logging.WARNING, said)]


def test_records_of_other_zones_are_warnings(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """Ten one by one, and the number of the others."""
    path = write(text="".join(f"a{i}.example.net. IN A 192.0.2.1\n" for i in range(12)))
    set_up(setup, f"file {path} example.org")
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        *(f"{path}:{9 + i}: a{i}.example.net. is not in zone example.org." for i in range(10)),
        f"{path}: and 2 more records of other zones",
    ]
