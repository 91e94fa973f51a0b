# SPDX-License-Identifier: Apache-2.0
"""Tests of the set-up of `unbound`: what its directive may say."""

from pathlib import Path
from typing import Any

import pytest

from plugins.unbound.setup import setup
from plugins.unbound.unbound import Unbound
from resolver import names
from resolver.errors import ConfigurationError
from resolver.recursion.settings import AnchorSource, Option, Where
from resolver.request import Endpoint
from resolver.testing import controller, set_up


def made(properties: str = "", words: str = "", **options: Any) -> Unbound:
    text = f"unbound {words} {{\n{properties}\n}}" if properties else f"unbound {words}"
    handler = set_up(setup, text, **options)
    assert isinstance(handler, Unbound)
    return handler


def zones(*texts: str) -> frozenset[bytes]:
    return frozenset(map(names.from_text, texts))


@pytest.mark.parametrize(
    ("words", "want"),
    [
        pytest.param("", zones("example.org.", "example.net."), id="the block's zones"),
        pytest.param(".", zones("."), id="the root"),
        pytest.param("a.example b.example", zones("a.example.", "b.example."), id="several"),
        pytest.param("192.0.2.0/24", zones("2.0.192.in-addr.arpa."), id="a prefix"),
    ],
)
def test_from(words: str, want: frozenset[bytes]) -> None:
    """FROM is the block's zones unless it is given."""
    assert made(words=words, zones=("example.org", "example.net")).policy.zones == want


def test_defaults() -> None:
    """Validation with the shipped anchors, no snooping, nothing excepted."""
    handler = made()
    assert handler.policy.excepted == frozenset()
    assert (handler.policy.snoop, handler.snoop) == (False, False)
    assert handler.settings.trust_anchor is AnchorSource.AUTO
    assert handler.settings.where == Where("Corefile", 1)


def test_all_properties() -> None:
    """Each property, as it comes to stand in policy and settings."""
    handler = made(
        """except example.org example.net
        option cache-max-ttl 3600
        option local-zone example.com. static
        config /etc/unbound/a.conf
        root_hints /etc/hints
        insecure bad.example
        stub corp.example 192.0.2.1 192.0.2.2:5353 [2001:db8::1]:5354
        forward home.example 2001:db8::2
        trust_anchor off
        snoop on"""
    )
    settings = handler.settings
    assert handler.policy.excepted == zones("example.org.", "example.net.")
    assert handler.snoop
    assert settings.options == (
        Option("cache-max-ttl", "3600", Where("Corefile", 3)),
        Option("local-zone", "example.com. static", Where("Corefile", 4)),
    )
    assert [file.path for file in settings.config] == [Path("/etc/unbound/a.conf")]
    assert [file.path for file in settings.root_hints] == [Path("/etc/hints")]
    assert [zone.name for zone in settings.insecure] == [names.from_text("bad.example.")]
    assert [(s.zone, s.addresses, s.where.line) for s in settings.stubs] == [
        (
            names.from_text("corp.example."),
            (
                Endpoint("192.0.2.1", 53),
                Endpoint("192.0.2.2", 5353),
                Endpoint("2001:db8::1", 5354),
            ),
            8,
        )
    ]
    assert settings.forwards[0].addresses == (Endpoint("2001:db8::2", 53),)
    assert settings.trust_anchor is AnchorSource.OFF


def test_paths_begin_at_root(tmp_path: Path) -> None:
    """A relative file lies in the folder that `root` names; answers depend on it."""
    made_controller = controller("unbound {\ntrust_anchor keys/root.key\n}")
    made_controller.block.root = str(tmp_path)
    setup(made_controller)
    handler = made_controller.block.handlers[0]
    assert isinstance(handler, Unbound)
    file = handler.settings.trust_anchor_file
    assert file is not None
    assert file.path == tmp_path / "keys/root.key"
    assert made_controller.block.depends_on == [file.path]


def test_what_a_block_with_recursion_is() -> None:
    """It has an acl, even if none is written, and offers recursion (RA)."""
    made_controller = controller("unbound")
    setup(made_controller)
    assert made_controller.block.implied == ["acl"]
    assert made_controller.block.recursion_available
    hooks = made_controller.block.hooks
    assert [len(each) for each in (hooks.prove, hooks.startup, hooks.shutdown)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("corefile", "error"),
    [
        pytest.param(
            "unbound {\n except\n}",
            "Corefile:2 - Error during parsing: plugin/unbound: Wrong argument count or "
            "unexpected line ending after 'except'",
            id="except without zones",
        ),
        pytest.param(
            "unbound {\n option cache-max-ttl\n}",
            "Wrong argument count or unexpected line ending after 'cache-max-ttl'",
            id="option without a value",
        ),
        pytest.param(
            "unbound {\n config a b\n}",
            "Wrong argument count or unexpected line ending after 'b'",
            id="two files",
        ),
        pytest.param("unbound {\n optoin a b\n}", "unknown property 'optoin'", id="misspelt"),
        pytest.param(
            "unbound {\n stub example.org\n}",
            "Wrong argument count or unexpected line ending after 'example.org'",
            id="stub without an address",
        ),
        pytest.param(
            "unbound {\n forward . dns.example\n}",
            "not an address: 'dns.example'",
            id="a name for an address",
        ),
        pytest.param(
            "unbound {\n stub example.org 192.0.2.1:99999\n}",
            "not an address: '192.0.2.1:99999'",
            id="no such port",
        ),
        pytest.param(
            "unbound {\n snoop maybe\n}", "snoop is on or off, not 'maybe'", id="snoop maybe"
        ),
        pytest.param(
            "unbound {\n snoop on\n snoop off\n}", "snoop is given twice", id="two snoops"
        ),
        pytest.param(
            "unbound {\n trust_anchor auto\n trust_anchor off\n}",
            "trust_anchor is given twice",
            id="two anchors",
        ),
        pytest.param("unbound a..b", "empty label in name: 'a..b'", id="no name"),
        pytest.param(
            "unbound\nunbound",
            "this plugin can only be used once per Server Block",
            id="twice",
        ),
    ],
)
def test_what_is_refused(corefile: str, error: str) -> None:
    """The error names file and line, and what is wrong there."""
    with pytest.raises(ConfigurationError) as caught:
        set_up(setup, corefile)
    assert error in str(caught.value)
