# SPDX-License-Identifier: Apache-2.0
"""Tests of the banner."""

import re

import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.command.banner import version_lines, zone_lines
from resolver.instance import Serving
from resolver.listeners import Listener
from resolver.request import Endpoint
from resolver.server import Server
from resolver.testing import services
from resolver.version import VERSION


def serving(
    zones: str, host: str = "", port: int = 53, at: int = 53, scheme: str = "dns"
) -> Serving:
    keys = tuple(Key(scheme, names.from_text(zone), port) for zone in zones.split())
    blocks = (Block(keys, {}),)
    server = Server(blocks, services())
    return Serving(Listener(scheme, host, port, blocks), server, [Endpoint(host or "::", at)])


@pytest.mark.parametrize(
    ("given", "want"),
    [
        pytest.param(serving("."), [".:53"], id="the root"),
        pytest.param(
            serving("example.org", "127.0.0.1", 1053, 1053),
            ["example.org.:1053 on 127.0.0.1"],
            id="bound",
        ),
        pytest.param(serving("."), [".:53"], id="all addresses"),
        pytest.param(serving(".", port=0, at=4711), [".:4711"], id="a port of the system's choice"),
        pytest.param(serving(".", port=853, scheme="tls"), ["tls://.:853"], id="another scheme"),
        pytest.param(
            serving("b.org a_b.org 10.in-addr.arpa"),
            [
                "10.in-addr.arpa.:53",
                'Warning: Domain "a_b.org." does not follow RFC1035 preferred syntax',
                "a_b.org.:53",
                "b.org.:53",
            ],
            id="sorted, with a warning before an unusual name",
        ),
        pytest.param(
            serving("127.0.0.1"),
            [
                'Warning: Domain "127.0.0.1." does not follow RFC1035 preferred syntax; '
                "an address to listen on is said with bind",
                "127.0.0.1.:53",
            ],
            id="an address that is meant to be listened on",
        ),
    ],
)
def test_zone_lines(given: Serving, want: list[str]) -> None:
    """One for each zone of each listener."""
    assert zone_lines([given]) == want


def test_version_lines() -> None:
    """The program, then what it runs on."""
    name, place = version_lines()
    assert name == f"Rootward-{VERSION}"
    assert re.fullmatch(r"linux/\w+, python3\.\d+\.\d+, libunbound 1\.\d+\.\d+", place)
