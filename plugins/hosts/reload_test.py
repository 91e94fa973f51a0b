# SPDX-License-Identifier: Apache-2.0
"""A hosts file that changes while it is served."""

import logging
import os
from pathlib import Path

import pytest

from plugins.hosts.changes import Changes
from plugins.hosts.host_table import HostTable
from plugins.hosts.hosts import Hosts
from plugins.hosts.hosts_file import read_lines
from plugins.hosts.setup import setup
from resolver import names
from resolver.claims import is_claimed
from resolver.corefile.controller import Services
from resolver.testing import (
    NextHandler,
    QuietServer,
    RecordingWriter,
    controller,
    request,
    run,
    serve,
    services,
)


class House:
    """A hosts file, and a server block that reads it."""

    def __init__(self, folder: Path, text: str) -> None:
        self.path = folder / "hosts"
        self.server = QuietServer()
        self.services = services(server=self.server)
        self.write(text)
        self.handler = self.block(self.services)

    def block(self, given: Services, braces: str = "fallthrough") -> Hosts:
        """Return the handler of one more block that reads the file."""
        made = controller(f"hosts {self.path} {{\n{braces}\n}}", given=given)
        setup(made)
        handler = made.block.handlers[0]
        assert isinstance(handler, Hosts)
        handler.next_handler = NextHandler(rcode=5)
        return handler

    def write(self, text: str) -> None:
        """Write the file; it is another one, however coarse the file system's clock."""
        number = self.path.stat().st_mtime_ns + 1_000_000_000 if self.path.exists() else 10**18
        self.path.write_text(text)
        os.utime(self.path, ns=(number, number))

    def read_again(self) -> None:
        """Let the time for a look at the file come."""
        run(self.handler.read_again())

    def answer(self, question: str, handler: Hosts | None = None) -> list[int]:
        """Return the last octet of each address in the answer; empty if others have to answer."""
        writer = RecordingWriter()
        serve(handler or self.handler, writer, request(question))
        return [r.rdata[-1] for each in writer.responses for r in each.records()]


def test_a_changed_file_is_read(tmp_path: Path) -> None:
    """Names come, change and go; the store forgets them, and they are claimed or not."""
    house = House(tmp_path, "192.0.2.1 gone\n192.0.2.2 changed\n192.0.2.3 same\n")
    house.write("192.0.2.4 changed\n192.0.2.3 same\n192.0.2.5 new\n")
    house.read_again()
    asked = [house.answer(f"{name}. A") for name in ("gone", "changed", "same", "new")]
    assert asked == [[], [4], [3], [5]]
    changed = {names.to_text(name) for name in house.server.changed_names}
    reverse = {f"{number}.2.0.192.in-addr.arpa." for number in (1, 2, 4, 5)}
    assert changed == {"gone.", "changed.", "new."} | reverse
    assert house.server.claims_changes == 1
    claims = house.handler.claims()
    assert is_claimed(claims, request("new. A"))
    assert not is_claimed(claims, request("gone. A"))


def test_a_file_as_before_is_not_read(tmp_path: Path) -> None:
    """By time, size and inode."""
    house = House(tmp_path, "192.0.2.1 a\n")
    status = house.path.stat()
    house.path.write_text("192.0.2.2 a\n")
    os.utime(house.path, ns=(status.st_mtime_ns, status.st_mtime_ns))
    house.read_again()
    assert house.answer("a. A") == [1]
    assert house.server.claims_changes == 0


def test_a_file_that_goes_is_remembered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One warning; when it is back it is read."""
    house = House(tmp_path, "192.0.2.1 a\n")
    house.path.unlink()
    house.read_again()
    house.read_again()
    assert house.answer("a. A") == [1]
    said = ("plugin/hosts", logging.WARNING, f"File does not exist: {house.path}")
    assert caplog.record_tuples == [said]
    house.write("192.0.2.22 a\n")
    house.read_again()
    assert house.answer("a. A") == [22]
    house.path.unlink()
    house.read_again()
    assert caplog.record_tuples == [said, said]


def test_a_file_that_comes_later(tmp_path: Path) -> None:
    """A start without it is no error."""
    house = House(tmp_path, "")
    house.path.unlink()
    later = house.block(services())
    assert house.answer("a. A", later) == []
    house.write("192.0.2.1 a\n")
    run(later.read_again())
    assert house.answer("a. A", later) == [1]


def test_blocks_share_what_they_read_alike(tmp_path: Path) -> None:
    """One table in memory; what is read otherwise is another one."""
    house = House(tmp_path, "192.0.2.1 a\n")
    alike, other = house.block(house.services), house.block(house.services, "no_reverse")
    assert alike.claims()[0].names is house.handler.claims()[0].names
    assert len(other.claims()) == 1
    house.write("192.0.2.2 a\n")
    house.read_again()
    run(alike.read_again())
    assert alike.claims()[0].names is house.handler.claims()[0].names
    assert house.answer("a. A", alike) == [2]


def test_a_reloaded_configuration_forgets_what_changed(tmp_path: Path) -> None:
    """The cache's content outlives a reload of the Corefile, and must not tell old data."""
    house = House(tmp_path, "192.0.2.1 a\n192.0.2.2 b\n")
    run(house.handler.start())
    assert house.server.changed_names == []
    house.write("192.0.2.3 a\n192.0.2.2 b\n")
    after = house.block(house.services)
    assert house.server.changed_names == []
    run(after.start())
    assert names.from_text("a.") in house.server.changed_names
    assert names.from_text("b.") not in house.server.changed_names


def table(text: str) -> HostTable:
    """Return what a hosts file says of all names."""
    made = HostTable(parents=True)
    read_lines(text.encode().splitlines(), made, None, lambda line, said: pytest.fail(said))
    return made


@pytest.mark.parametrize(
    "before, after, changed, same",
    [
        pytest.param("", "192.0.2.1 a.b.c", "a.b.c b.c c 1.2.0.192.in-addr.arpa", "d", id="new"),
        pytest.param("192.0.2.1 a", "192.0.2.1 a b", "b 1.2.0.192.in-addr.arpa", "a", id="a name"),
        pytest.param("192.0.2.1 a\n::1 a", "::1 a\n192.0.2.1 a", "a", "b", id="another order"),
        pytest.param("", "192.0.2.1 *.a", "x.a y.a *.a a", "b x.y.a", id="a wildcard"),
        pytest.param("0.0.0.0 *.a", "0.0.0.0 *.a x.a", "", "x.a y.a", id="the same by another way"),
        pytest.param("192.0.2.1 a", "192.0.2.1 a", "", "a b 1.2.0.192.in-addr.arpa", id="nothing"),
    ],
)
def test_changes(before: str, after: str, changed: str, same: str) -> None:
    """Whatever is answered otherwise, and nothing else."""
    changes = Changes(table(before), table(after))
    for name in changed.split():
        assert names.from_text(name) in changes
    for name in same.split():
        assert names.from_text(name) not in changes
    listed = {names.to_text(name)[:-1] for name in changes}
    assert listed <= set(changed.split())
    assert len(changes) == len(listed) == len(list(changes))
