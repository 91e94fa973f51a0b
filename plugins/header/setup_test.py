# SPDX-License-Identifier: Apache-2.0
"""What `header` accepts."""

import pytest

from plugins.header.setup import setup
from resolver import wire
from resolver.errors import ConfigurationError
from resolver.testing import (
    NextHandler,
    RecordingWriter,
    controller,
    request,
    response,
    run,
    serve,
    set_up,
)


def test_ra_and_rd_of_responses_are_settings_of_the_block() -> None:
    """RA is set once all plugins are set up, since `unbound` sets it too."""
    made = controller("header {\n response set rd\n response clear RA\n}")
    setup(made)
    made.block.recursion_available = True
    for hook in made.block.hooks.startup:
        run(hook())
    assert (made.block.response_rd, made.block.recursion_available) == (True, False)


@pytest.mark.parametrize(
    "rules, want",
    [
        pytest.param("response set aa", (None, True), id="AA of responses"),
        pytest.param("query set RD ra aa", (True, None), id="queries, in capitals"),
        pytest.param("query set rd\nquery clear rd", (False, None), id="the last wins"),
    ],
)
def test_rules(rules: str, want: tuple[bool | None, bool | None]) -> None:
    """RD of what passes down and AA of what comes back."""
    end = NextHandler(response("example.org. A"))
    handler, writer = set_up(setup, f"header {{\n {rules}\n}}", end), RecordingWriter()
    for rd in (False, True):
        serve(handler, writer, request("example.org. A", rd=rd))
        assert end.requests.pop().rd == (rd if want[0] is None else want[0])
    assert bool(writer.response.flags & wire.AA) == bool(want[1])


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("header", "Wrong argument count", id="no rules"),
        pytest.param("header {}", "Wrong argument count", id="braces in one word"),
        pytest.param("header {\n foo\n}", "invalid selector=foo should be", id="no selector"),
        pytest.param("header {\n query\n}", "no flag action provided", id="no action"),
        pytest.param(
            "header {\n response set\n}",
            "invalid length for flags, at least one should be provided",
            id="no bits",
        ),
        pytest.param(
            "header {\n query foo rd\n}",
            "unknown flag action=foo, should be set or clear",
            id="another action",
        ),
        pytest.param("header {\n query set ad\n}", "unknown/unsupported flag=ad", id="another bit"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
