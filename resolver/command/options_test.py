# SPDX-License-Identifier: Apache-2.0
"""Tests of options: arguments and environment."""

import pytest

from resolver.command.options import Fatal, Options, read_options


@pytest.mark.parametrize(
    ("args", "environment", "want"),
    [
        pytest.param([], {}, Options(), id="defaults"),
        pytest.param(["-conf", "x", "-p", "5300"], {}, Options(conf="x", port=5300), id="serving"),
        pytest.param(
            ["check", "-p=1", "x"], {}, Options(port=1, subcommand="check", file="x"), id="check"
        ),
        pytest.param(
            ["-quiet", "chain", "x"],
            {},
            Options(quiet=True, subcommand="chain", file="x"),
            id="flags before a subcommand",
        ),
        pytest.param([], {"ROOTWARD_ENGINE": "native"}, Options(engine="native"), id="the engine"),
        pytest.param(
            ["-engine=python"],
            {"ROOTWARD_ENGINE": "native"},
            Options(engine="python"),
            id="the flag has its way",
        ),
        pytest.param([], {"ROOTWARD_ENGINE": ""}, Options(), id="an empty variable is unset"),
    ],
)
def test_options(args: list[str], environment: dict[str, str], want: Options) -> None:
    """What was asked for."""
    assert read_options(args, environment) == want


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["foo", "bar"], "extra command line arguments: [foo bar]"),
        (["check"], "usage: rootward check FILE"),
        (["chain", "a", "b"], "usage: rootward chain FILE"),
        (["-p", "65536"], "-dns.port: '65536' is not a port (0-65535)"),
        (["-p", "dns"], "-dns.port: 'dns' is not a port (0-65535)"),
        (["-engine", "perl"], "-engine: 'perl' is not one of python, native"),
        (["-log-format", "xml"], "-log-format: 'xml' is not one of text, json"),
    ],
)
def test_what_makes_no_sense(args: list[str], message: str) -> None:
    """The command ends with these words."""
    with pytest.raises(Fatal) as caught:
        read_options(args, {})
    assert str(caught.value) == message
