# SPDX-License-Identifier: Apache-2.0
"""A reload that fails leaves everything as it was."""

import socket

import pytest

from resolver.errors import ConfigurationErrors, ResolverError
from resolver.transport.sockets import ListenError
from tests.reloading.house import House, ask, corefile, shut_down
from tests.serve import Running


@pytest.mark.parametrize(
    ("broken", "error", "said", "ran"),
    [
        pytest.param(
            corefile("two") + "}", ConfigurationErrors, "Unexpected '}'", [], id="bad grammar"
        ),
        pytest.param(
            corefile("two", more="cahce"),
            ConfigurationErrors,
            "Unknown directive 'cahce'",
            [],
            id="an unknown directive",
        ),
        pytest.param("# nothing\n", ResolverError, "no server block", [], id="an empty file"),
        pytest.param(
            corefile("two startup"),
            ResolverError,
            "two fails",
            ["two startup", "two shutdown"],
            id="a plugin that does not start",
        ),
        pytest.param(
            corefile("two started"),
            ResolverError,
            "two fails",
            ["two startup", "two started", "two shutdown"],
            id="a plugin that fails when all listeners are up",
        ),
        pytest.param(
            corefile("two", ".", ".:PORT"),
            ListenError,
            "address already in use",
            ["two startup", "two shutdown"],
            id="a port that is taken",
        ),
    ],
)
def test_a_reload_that_fails_leaves_everything(
    server: Running,
    house: House,
    broken: str,
    error: type[ResolverError],
    said: str,
    ran: list[str],
) -> None:
    """The old chain, its listeners, its hooks; what was begun of the new one is ended."""
    before = server.endpoints
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(error, match=said):
            server.reload(broken.replace("PORT", str(taken.getsockname()[1])))
    assert ask(server) == "one"
    if ran:
        shut_down(house, "two")
    assert house.ran == ["one startup", "one started", *ran]
    assert server.endpoints == before
    assert server.metric("coredns_reload_failed_total") == 1
    server.reload(corefile("three"))
    assert ask(server) == "three"
