# SPDX-License-Identifier: Apache-2.0
"""Tests of flags: the rules of Go's package `flag`."""

import pytest

from resolver.command.flags import Flag, FlagError, read_flags, usage

FLAGS = (
    Flag("conf", "a file", "FILE"),
    Flag("dns.port", "a port", "PORT", "p"),
    Flag("quiet", "q"),
)


@pytest.mark.parametrize(
    ("args", "given", "rest"),
    [
        pytest.param([], {}, [], id="nothing"),
        pytest.param(["-conf", "x"], {"conf": "x"}, [], id="a value behind"),
        pytest.param(["--conf=x"], {"conf": "x"}, [], id="two dashes, a value behind ="),
        pytest.param(["-conf="], {"conf": ""}, [], id="an empty value"),
        pytest.param(["-conf=a=b"], {"conf": "a=b"}, [], id="a value with ="),
        pytest.param(["-conf", "-quiet"], {"conf": "-quiet"}, [], id="a value with a dash"),
        pytest.param(["-p", "53"], {"dns.port": "53"}, [], id="an alias"),
        pytest.param(["-p", "1", "-dns.port", "2"], {"dns.port": "2"}, [], id="the last one wins"),
        pytest.param(["-quiet"], {"quiet": True}, [], id="a boolean"),
        pytest.param(["-quiet=false"], {"quiet": False}, [], id="a boolean denied"),
        pytest.param(["-quiet", "true"], {"quiet": True}, ["true"], id="no value behind a boolean"),
        pytest.param(["x", "-quiet"], {}, ["x", "-quiet"], id="the first word ends them"),
        pytest.param(["--", "-quiet"], {}, ["-quiet"], id="two dashes end them"),
        pytest.param(["-"], {}, ["-"], id="a dash is a word"),
    ],
)
def test_flags(args: list[str], given: dict[str, str | bool], rest: list[str]) -> None:
    """What is given, and what is left."""
    assert read_flags(args, FLAGS) == (given, rest)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-nope"], "flag provided but not defined: -nope"),
        (["--nope=1"], "flag provided but not defined: -nope"),
        (["-conf"], "flag needs an argument: -conf"),
        (["-quiet=maybe"], 'invalid boolean value "maybe" for -quiet: parse error'),
        (["---quiet"], "bad flag syntax: ---quiet"),
        (["-=x"], "bad flag syntax: -=x"),
        (["-h"], ""),
        (["--help"], ""),
    ],
)
def test_what_is_no_flag(args: list[str], message: str) -> None:
    """Go's words; none for a call for help."""
    with pytest.raises(FlagError) as caught:
        read_flags(args, FLAGS)
    assert str(caught.value) == message


def test_usage_names_each_flag() -> None:
    """With its alias and value."""
    assert usage("rootward", FLAGS) == (
        "Usage of rootward:\n  -conf FILE\n    \ta file\n"
        "  -dns.port, -p PORT\n    \ta port\n  -quiet\n    \tq"
    )
