# SPDX-License-Identifier: Apache-2.0
"""Which statements about local zones and trust a configuration gets."""

from dataclasses import replace
from pathlib import Path

import pytest

from resolver import names
from resolver.recursion import zones
from resolver.recursion.settings import (
    AnchorSource,
    File,
    RecursionSettings,
    Servers,
    Where,
    Zone,
)
from resolver.recursion.unbound_conf import Statement, read

HERE = Where("Corefile", 3)
SETTINGS = RecursionSettings(Where("Corefile", 1))
DS = "DS 1 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"


def stub(zone: str) -> RecursionSettings:
    return replace(SETTINGS, stubs=(Servers(names.from_text(zone), (), HERE),))


def insecure(zone: str) -> RecursionSettings:
    return replace(SETTINGS, insecure=(Zone(names.from_text(zone), HERE),))


@pytest.mark.parametrize(
    ("settings", "config", "want"),
    [
        pytest.param(SETTINGS, "", [], id="nothing taken"),
        pytest.param(stub("example.org"), "", [], id="an ordinary zone"),
        pytest.param(
            stub("home.arpa"),
            "",
            ['local-zone: "home.arpa." nodefault', 'domain-insecure: "home.arpa."'],
            id="stub at a special name",
        ),
        pytest.param(
            stub("a.test"),
            "",
            ['local-zone: "a.test." transparent', 'domain-insecure: "a.test."'],
            id="stub below one",
        ),
        pytest.param(
            insecure("test"), "", ['local-zone: "test." nodefault'], id="insecure says it itself"
        ),
        pytest.param(
            stub("a.test"),
            f'server: trust-anchor: "a.test. {DS}"',
            ['local-zone: "a.test." transparent'],
            id="a trust anchor of the user's at it",
        ),
        pytest.param(
            stub("a.test"),
            f'server: trust-anchor: "test. {DS}"',
            ['local-zone: "a.test." transparent'],
            id="a trust anchor in between",
        ),
        pytest.param(
            stub("a.test"),
            f'server: trust-anchor: ". {DS}"',
            ['local-zone: "a.test." transparent', 'domain-insecure: "a.test."'],
            id="a trust anchor above does not reach it",
        ),
        pytest.param(
            stub("a.test"),
            "server: local-zone: a.TEST typetransparent",
            ['domain-insecure: "a.test."'],
            id="local-zone of the user's at it",
        ),
        pytest.param(
            SETTINGS,
            "forward-zone: name: b.test forward-addr: 192.0.2.1",
            ['local-zone: "b.test." transparent', 'domain-insecure: "b.test."'],
            id="a forward of the config file",
        ),
    ],
)
def test_plan(settings: RecursionSettings, config: str, want: list[str], tmp_path: Path) -> None:
    """A taken zone is opened, and insecure unless the user has a trust anchor for it."""
    (tmp_path / "u.conf").write_text(config)
    statements, _ = read(tmp_path / "u.conf", HERE)
    lines = zones.plan(settings, statements)
    assert [line for line, where in lines if where is not None] == want


def test_kept_names_are_ours() -> None:
    """Lines that nobody asked for blame nobody."""
    assert {where for _, where in zones.plan(SETTINGS, [])} == {None}


def test_trust_anchor_file_counts_as_the_users(tmp_path: Path) -> None:
    """`trust_anchor FILE` may hold the anchor of a private zone."""
    path = tmp_path / "a.key"
    path.write_text(f"a.test. {DS}\n")
    settings = replace(
        stub("a.test"),
        trust_anchor=AnchorSource.FILE,
        trust_anchor_file=File(path, HERE),
    )
    assert 'domain-insecure: "a.test."' not in [line for line, _ in zones.plan(settings, [])]


@pytest.mark.parametrize(
    ("keyword", "value", "want"),
    [
        pytest.param("trust-anchor", f". {DS}", True, id="the root"),
        pytest.param("trust-anchor", f"a.org. {DS}", False, id="another name"),
        pytest.param("trust-anchor", "", True, id="unclear"),
        pytest.param("trusted-keys-file", "x", True, id="BIND's form"),
        pytest.param("verbosity", "1", False, id="another option"),
    ],
)
def test_root_anchor(keyword: str, value: str, want: bool) -> None:
    """A statement that may name an anchor of the root is found."""
    statement = Statement(keyword, (f'"{value}"',), "server", 1, HERE)
    assert (zones.root_anchor([statement]) is not None) is want
