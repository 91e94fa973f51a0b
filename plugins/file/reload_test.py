# SPDX-License-Identifier: Apache-2.0
"""A zone file that changes while its zone is served."""

import logging
from pathlib import Path

import pytest

from plugins.file.conftest import Write
from plugins.file.file import File, ZoneNames
from plugins.file.setup import setup
from plugins.file.source import Loaded
from resolver import names
from resolver.testing import QuietServer, RecordingWriter, request, run, serve, services, set_up

ORIGIN = names.from_text("example.org.")


class House:
    """A block with a zone, as a Corefile has it."""

    def __init__(self, path: Path, braces: str = "") -> None:
        self.server = QuietServer()
        self.services = services(server=self.server)
        self.text = f"file {path} example.org {{\n{braces}\n}}"
        self.file: File = set_up(setup, self.text, given=self.services)

    def read_again(self) -> None:
        """Let the time for a look at the file come."""
        run(self.file.read_again([ORIGIN]))

    def host(self) -> int:
        """Return the last octet of the address of `host`."""
        writer = RecordingWriter()
        serve(self.file, writer, request("host.example.org. A"))
        return writer.response.records()[0].rdata[-1]


@pytest.mark.parametrize(
    "braces, serial, want",
    [
        pytest.param("", 2, 3, id="another serial"),
        pytest.param("", 1, 2, id="the same serial"),
        pytest.param("reload_by_mtime", 1, 3, id="the same serial, by mtime"),
        pytest.param("", 0, 3, id="a lower serial: the operator has his reasons"),
    ],
)
def test_a_changed_file_is_read(braces: str, serial: int, want: int, write: Write) -> None:
    """If the serial number says so, or the time of the file."""
    house = House(write(serial=1, host="192.0.2.2"), braces)
    write(serial=serial, host="192.0.2.3")
    house.read_again()
    assert house.host() == want
    assert (names.from_text("host.example.org.") in house.server.changed_names) == (want == 3)


def test_what_is_said(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """In CoreDNS's words; a serial that was forgotten is told once."""
    caplog.set_level(logging.INFO, "plugin/file")
    path = write(serial=1)
    house = House(path)
    write(serial=1, text="new IN A 192.0.2.1\n")
    house.read_again()
    house.read_again()
    write(serial=2)
    house.read_again()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "WARNING",
            f'zone "example.org." in "{path}" has changed, but not its serial 1: not reloaded',
        ),
        ("INFO", f'Successfully reloaded zone "example.org." in "{path}" with 2 SOA serial'),
    ]


@pytest.mark.parametrize(
    "broken, says",
    [
        pytest.param(
            "$TTL 60\n@ IN SOA a b 2 2 3 4 5\nx IN A y\n",
            'Parsing zone "example.org.": {}:3: ',
            id="an error",
        ),
        pytest.param(
            "example.net. 60 IN SOA a b 2 2 3 4 5\n",
            'no SOA record of zone "example.org." in "{}": not loaded',
            id="another zone",
        ),
        pytest.param("", 'Failed to open zone "example.org." in "{}": No such', id="gone"),
    ],
)
def test_the_old_zone_stays(
    broken: str, says: str, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """With one ERROR, not one each minute; what is mended is read."""
    path = write(serial=1)
    house = House(path)
    if broken:
        write(whole=broken)
    else:
        path.unlink()
    house.read_again()
    house.read_again()
    assert house.host() == 2
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [error.getMessage().startswith(says.format(path)) for error in errors] == [True]
    write(serial=3, host="192.0.2.33")
    house.read_again()
    assert house.host() == 33


def test_a_file_that_comes_later(write: Write, tmp_path: Path) -> None:
    """A start without it is no error."""
    house = House(tmp_path / "db.example.org")
    house.read_again()
    write()
    house.read_again()
    assert house.host() == 2


def test_included_files_count(write: Write, tmp_path: Path) -> None:
    """A change in one of them is one of the zone."""
    (tmp_path / "more").write_text("new IN A 192.0.2.1\n")
    house = House(write(text="$INCLUDE more\n"), "reload_by_mtime")
    before = house.file.zones[ORIGIN].loaded.zone
    (tmp_path / "more").write_text("new IN A 192.0.2.11\n")
    house.read_again()
    assert house.file.zones[ORIGIN].loaded.zone is not before


def test_a_reloaded_configuration_forgets_what_changed(write: Write) -> None:
    """The cache's content outlives a reload of the Corefile, and must not tell old data."""
    house = House(write(serial=1))
    again: File = set_up(setup, house.text, given=house.services)
    assert again.zones[ORIGIN].loaded is house.file.zones[ORIGIN].loaded
    run(again.start())
    assert house.server.changed_names == []
    write(serial=2)
    after: File = set_up(setup, house.text, given=house.services)
    run(after.start())
    assert ORIGIN in house.server.changed_names


def test_the_names_of_a_zone() -> None:
    """All that may have been asked for."""
    changed = ZoneNames(ORIGIN, Loaded(None, None, {}))
    assert names.from_text("none.example.org.") in changed
    assert names.from_text("example.net.") not in changed
    assert list(changed) == [ORIGIN]
