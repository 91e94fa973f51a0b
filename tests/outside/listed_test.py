# SPDX-License-Identifier: Apache-2.0
"""`-plugin-cfg FILE`: the order of the chain is the user's."""

from pathlib import Path

import dns.rcode
import pytest

from tests.outside.site import SMALL, Run, Site, chain_of

LISTED = "errors:errors\nbind:bind\nroute53:route53\ngreet:rootward_greet.setup\nwhoami:whoami\n"


def test_a_list_of_ones_own(run: Run, site: Site, tmp_path: Path) -> None:
    """`-plugin-cfg` replaces ours: its order, and nothing that it does not list."""
    site.add("greet")
    site.add("other", setup="1 / 0")  # not listed: not loaded
    (tmp_path / "my.cfg").write_text(LISTED)
    flags = ("-plugin-cfg", "my.cfg")
    assert run(*flags, "-plugins").end() == (0, "bind\nerrors\ngreet\nwhoami\n\n", "")
    status, out, error = run(*flags, "chain", "Corefile", corefile=SMALL).end()
    assert (status, error) == (0, "")
    assert chain_of(out) == "errors bind greet whoami"
    status, _, error = run(*flags, "check", "Corefile").end()
    assert (status, error.splitlines()) == (
        1,
        [
            "Corefile:4 - Error during parsing: Unknown directive 'cache'",
            "Corefile:6 - Error during parsing: Unknown directive 'unbound'",
        ],
    )
    command = run(*flags, corefile=SMALL)
    command.up()
    assert command.ask() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(
            "errors:errors\nnothing:nothing\nmy:package.of.mine\n",
            "my.cfg:2 - plugin 'nothing': there is no package plugins.nothing with a module setup\n"
            "my.cfg:3 - plugin 'my': there is no package package.of.mine with a module setup\n",
            id="unknown",
        ),
        pytest.param(
            "errors:errors\nlog:log\nerrors:errors\n",
            "my.cfg:3 - plugin 'errors' is listed twice, first in line 1\n",
            id="doubled",
        ),
        pytest.param("errors\n", "my.cfg:1 - expecting NAME:PACKAGE, not 'errors'\n", id="words"),
        pytest.param(None, "-plugin-cfg: open my.cfg: no such file or directory\n", id="no file"),
    ],
)
@pytest.mark.parametrize("args", [["-plugins"], ["check", "Corefile"], []], ids=str)
def test_a_list_that_makes_no_sense(
    run: Run, tmp_path: Path, text: str | None, error: str, args: list[str]
) -> None:
    """Each error names file and line, and nothing is started."""
    if text is not None:
        (tmp_path / "my.cfg").write_text(text)
    assert run("-plugin-cfg", "my.cfg", *args).end() == (1, "", error)


def test_a_list_without_what_another_plugin_needs(run: Run, tmp_path: Path) -> None:
    """`unbound` is not served without `acl`: that would be an open resolver."""
    (tmp_path / "my.cfg").write_text("errors:errors\nbind:bind\nunbound:unbound\n")
    corefile = ".:0 {\n    bind 127.0.0.1\n    unbound\n}\n"
    assert run("-plugin-cfg", "my.cfg", "check", "Corefile", corefile=corefile).end() == (
        1,
        "",
        "Corefile:1 - Error during parsing: a plugin needs 'acl': Unknown directive 'acl'\n",
    )
