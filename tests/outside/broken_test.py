# SPDX-License-Identifier: Apache-2.0
"""Plugins of other packages that are no good: each names itself, and everything else goes on."""

import dns.message
import dns.query
import dns.rcode
import pytest

from tests.command.running import PATIENCE_S
from tests.outside.site import COREFILE, OURS, SMALL, Run, Site, chain_of

BROKEN = [
    pytest.param(
        {"setup": "import no_such_module_anywhere"},
        "cannot be loaded: No module named 'no_such_module_anywhere'",
        id="import",
    ),
    pytest.param(
        {"setup": "1 / 0"}, "cannot be loaded: ZeroDivisionError: division by zero", id="raises"
    ),
    pytest.param(
        {"setup": "import sys; sys.exit('no command')"},
        "cannot be loaded: SystemExit: no command",
        id="exit",
    ),
    pytest.param(
        {"setup": "x = 1"}, "rootward_greet.setup has no function setup", id="no function"
    ),
    pytest.param(
        {"point": "greet = rootward_greet.nowhere:setup"},
        "cannot be loaded: No module named 'rootward_greet.nowhere'",
        id="no such module",
    ),
    pytest.param(
        {"point": "greet = a-b"}, "'a-b' names neither a package nor a module", id="value"
    ),
    pytest.param(
        {"more": "before = 'greet'"}, "'greet' is to stand before 'greet': a circle", id="itself"
    ),
    pytest.param(
        {"more": "after = 'nobody'"},
        "'greet' is to stand after 'nobody', which is not there",
        id="beside nobody",
    ),
    pytest.param(
        {"more": "before = after = 'cache'"},
        "rootward_greet.setup says both before and after",
        id="both",
    ),
    pytest.param(
        {"more": "before = 5"},
        "rootward_greet.setup: before is not the name of a plugin",
        id="a number",
    ),
]


@pytest.mark.parametrize(("given", "reason"), BROKEN)
def test_one_that_is_no_good(run: Run, site: Site, given: dict[str, str], reason: str) -> None:
    """It names itself and its package wherever it matters, and everything else goes on."""
    site.add("greet", **given)
    text = f"plugin/greet: package rootward_greet: {reason}"
    status, out, error = run("-plugins").end()
    assert (status, out.split(), error) == (0, OURS, f"{text}\n")
    status, out, error = run("check", "Corefile").end()
    assert (status, out) == (1, "")
    assert error.splitlines() == [
        f"[WARNING] {text}",
        f"Corefile:5 - Error during parsing: {text}",
    ]
    without = COREFILE.replace("    greet hello\n", "")
    status, out, error = run("chain", "Corefile", corefile=without).end()
    assert (status, error) == (0, f"[WARNING] {text}\n")
    assert chain_of(out) == "bind errors acl cache unbound"


def test_a_circle_names_both(run: Run, site: Site) -> None:
    """Neither has a place; a third one and all others have theirs."""
    site.add("greet", more="before = 'other'")
    site.add("other", more="after = 'greet'\nbefore = None")
    site.add("third")
    status, out, error = run("-plugins").end()
    assert (status, out.split()) == (0, sorted([*OURS, "third"]))
    assert error.splitlines() == [
        "plugin/greet: package rootward_greet:"
        " 'greet' is to stand before 'other', 'other' after 'greet': a circle",
        "plugin/other: package rootward_other:"
        " 'other' is to stand after 'greet', 'greet' before 'other': a circle",
    ]


@pytest.mark.parametrize(
    ("name", "packages", "text"),
    [
        pytest.param(
            "cache",
            ["theirs"],
            "plugin/cache: package theirs:"
            " there is a plugin of this name already, which is used instead",
            id="ours",
        ),
        pytest.param(
            "greet",
            ["one", "two"],
            "plugin/greet: package one and two: several packages bring it; uninstall all but one",
            id="of two packages",
        ),
        pytest.param(
            "a b",
            ["theirs"],
            "plugin/a b: package theirs: its name is not a word of letters, digits, _ and -",
            id="not a word",
        ),
    ],
)
def test_names_that_cannot_be(
    run: Run, site: Site, name: str, packages: list[str], text: str
) -> None:
    """It is told, and nobody is replaced."""
    for package in packages:
        site.add(name, package=package)
    status, out, error = run("-plugins").end()
    assert (status, out.split(), error) == (0, OURS, f"{text}\n")


def test_a_setup_that_fails(run: Run, site: Site) -> None:
    """One line with file and line, no traceback."""
    site.add("greet", setup="def setup(controller):\n    return {}[controller.name]\n")
    text = "Corefile:5 - Error during parsing: plugin/greet: set-up failed: KeyError: 'greet'\n"
    assert run("check", "Corefile").end() == (1, "", text)
    assert run().end() == (1, "", text)


def test_a_query_that_fails(run: Run, site: Site) -> None:
    """SERVFAIL and one line each; the next question is served."""
    failing = "def setup(controller):\n    controller.add_plugin(Greet(None))\n"
    site.add("greet", setup=f"from rootward_greet.greet import Greet\n{failing}")
    command = run(corefile=SMALL)
    command.up()
    query = dns.message.make_query("example.org.", "TXT")
    for _ in range(2):
        got = dns.query.udp(query, "127.0.0.1", PATIENCE_S, command.port)
        assert got.rcode() == dns.rcode.SERVFAIL
        line = command.stdout.readline()
        assert line.startswith("[ERROR] Recovered from panic in server: "), line
        assert line.endswith("TypeError: object of type 'NoneType' has no len()\n")
    assert command.ask() == dns.rcode.NOERROR
    command.send("SIGTERM")
    status, _, error = command.end()
    assert (status, error) == (0, "")
