# SPDX-License-Identifier: Apache-2.0
"""What `hosts` accepts."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from plugins.hosts.hosts import Hosts
from plugins.hosts.policy import HostsPolicy
from plugins.hosts.setup import setup
from resolver import names
from resolver.corefile.zones import zones_of
from resolver.errors import ConfigurationError
from resolver.testing import controller, services, set_up

ROOT = (names.ROOT,)


def policy(zones: str = ".", **fields: Any) -> HostsPolicy:
    """Return a policy for names below `zones`."""
    return HostsPolicy(tuple(z for word in zones.split() for z in zones_of(word)), **fields)


@pytest.mark.parametrize(
    "text, want",
    [
        pytest.param("hosts", policy(), id="the word alone"),
        pytest.param("hosts F", policy(), id="a file"),
        pytest.param("hosts F a.example 10.0.0.9/8", policy("a.example 10.0.0.9/8"), id="zones"),
        pytest.param("hosts F {\n ttl 60\n}", policy(ttl_s=60), id="ttl"),
        pytest.param("hosts F {\n no_reverse\n reload 0\n}", policy(), id="the source's"),
        pytest.param("hosts F {\n fallthrough\n}", policy(fallthrough=ROOT), id="fallthrough"),
        pytest.param(
            "hosts F {\n fallthrough a.example\n}",
            policy(fallthrough=(names.from_text("a.example."),)),
            id="fallthrough of some",
        ),
        pytest.param(
            "hosts F {\n fallthrough_unsupported\n fallthrough\n}",
            policy(fallthrough=ROOT, passes_types=True),
            id="fallthrough_unsupported, in any order",
        ),
    ],
)
def test_what_the_lines_say(text: str, want: HostsPolicy, tmp_path: Path) -> None:
    """Everything is optional."""
    (tmp_path / "F").write_text("192.0.2.1 a\n")
    hosts: Hosts = set_up(setup, text.replace(" F", f" {tmp_path}/F"))
    assert hosts.policy == want


def test_zones_are_those_of_the_block() -> None:
    """Unless the line names some."""
    hosts: Hosts = set_up(setup, "hosts", zones=["a.example.", "b.example."])
    assert hosts.policy == policy("a.example b.example")


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("hosts\nhosts", "can only be used once per Server Block", id="twice"),
        pytest.param("hosts {\n ttl\n}", "ttl needs a time in second", id="no ttl"),
        pytest.param("hosts {\n ttl 0\n}", "ttl provided is invalid", id="a ttl of zero"),
        pytest.param("hosts {\n ttl 65536\n}", "ttl provided is invalid", id="a ttl too long"),
        pytest.param("hosts {\n ttl x\n}", 'parsing "x": invalid syntax', id="no number"),
        pytest.param("hosts {\n ttl 1 2\n}", "Wrong argument count", id="two ttls"),
        pytest.param("hosts {\n no_reverse x\n}", "Wrong argument count", id="no_reverse x"),
        pytest.param("hosts {\n reload\n}", "reload needs a duration", id="no duration"),
        pytest.param("hosts {\n reload 5\n}", "missing unit in duration", id="no unit"),
        pytest.param("hosts {\n reload -5s\n}", "invalid negative duration for", id="negative"),
        pytest.param(
            "hosts {\n fallthrough_unsupported\n}",
            "fallthrough_unsupported requires fallthrough",
            id="fallthrough_unsupported alone",
        ),
        pytest.param(
            "hosts {\n fallthrough\n fallthrough_unsupported x\n}",
            "Wrong argument count",
            id="fallthrough_unsupported with an argument",
        ),
        pytest.param("hosts {\n tttl 5\n}", "unknown property 'tttl'", id="no property"),
        pytest.param(
            "hosts {\n fallthrough\n 192.0.2.1 a\n}",
            "unknown property '192.0.2.1'",
            id="a host behind fallthrough",
        ),
        pytest.param("hosts {\n 192.0.2.1\n}", "no name for address '192.0.2.1'", id="no name"),
        pytest.param("hosts {\n 192.0.2.1 a..b\n}", "empty label in name", id="no host's name"),
        pytest.param("hosts F a..b", "empty label in name", id="no zone"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    """In the words of CoreDNS, where it has some, with the line."""
    with pytest.raises(ConfigurationError, match=rf"^Corefile:\d+ - .*{re.escape(says)}"):
        set_up(setup, text)


@pytest.mark.parametrize(
    "file, says",
    [("none", "File does not exist: {}"), (".", 'Hosts file "{}" is a directory')],
)
def test_a_file_that_is_not_there_is_a_warning(
    file: str, says: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It may come later."""
    path = tmp_path / file
    set_up(setup, f"hosts {path}")
    assert caplog.record_tuples == [("plugin/hosts", logging.WARNING, says.format(path))]


def test_broken_lines_are_warnings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Ten one by one, and the number of the others."""
    path = tmp_path / "hosts"
    path.write_text("192.0.2.1 a\n" + "x y\n" * 12)
    set_up(setup, f"hosts {path}")
    assert [record.getMessage() for record in caplog.records] == [
        *(f"{path}:{line}: not an address: 'x'" for line in range(2, 12)),
        f"{path}: and 2 more lines or names left out",
    ]


def test_a_relative_file_is_below_the_root(tmp_path: Path) -> None:
    """That of the plugin *root*."""
    (tmp_path / "h").write_text("192.0.2.1 a\n")
    given = services()
    made = controller("hosts h", given=given)
    made.block.root = str(tmp_path)
    setup(made)
    entries = given.metrics.value("coredns_hosts_entries", hostsfile=str(tmp_path / "h"))
    assert entries == 2
