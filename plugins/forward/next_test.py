# SPDX-License-Identifier: Apache-2.0
"""Leaving a question to the next plugin: `next` and `next_on_nodata`."""

import dns.rcode
import pytest

from plugins.forward.conftest import House, Upstream, failing, honest, saying
from resolver.testing import Case, NextHandler, response, run

NAME = "www.example.org. A"
ANSWER = Case(NAME, ["www.example.org. 60 IN A 192.0.2.1"])
BEHIND = response(NAME, ["www.example.org. 60 IN A 192.0.2.99"])


@pytest.mark.parametrize(
    "properties, behave, goes_on",
    [
        pytest.param("next NXDOMAIN", failing("NXDOMAIN"), True, id="next NXDOMAIN"),
        pytest.param("next NXDOMAIN REFUSED", failing("REFUSED"), True, id="one of several"),
        pytest.param("next NXDOMAIN", failing("SERVFAIL"), False, id="another RCODE"),
        pytest.param("next NXDOMAIN", honest, False, id="an answer"),
        pytest.param("next_on_nodata", saying("b.example. 1 IN A 192.0.2.6"), True, id="no data"),
        pytest.param("next_on_nodata", honest, False, id="data"),
        pytest.param("next_on_nodata", failing("NXDOMAIN"), False, id="no name"),
    ],
)
def test_next_leaves_a_question_to_the_next_plugin(
    properties: str, behave: object, goes_on: bool
) -> None:
    """By RCODE, or for an answer without data; without a next plugin it stays as it is."""

    async def scene() -> None:
        assert callable(behave)
        async with Upstream(behave) as upstream:
            text = f"forward . {upstream.at} {{\n{properties}\n}}"
            behind = NextHandler(BEHIND)
            async with House(text, behind=behind) as house:
                await house.query(NAME)
                assert len(behind.requests) == goes_on
            async with House(text) as house:
                await house.query(NAME)

    run(scene())


def test_next_asks_the_next_line_that_covers_the_name() -> None:
    """Split horizon: the house's server first, then another; a line for other names is no next."""

    async def scene() -> None:
        async with Upstream(failing("NXDOMAIN")) as house_server, Upstream() as other:
            first = f"forward . {house_server.at} {{\nnext NXDOMAIN\n}}\n"
            async with House(first + f"forward . {other.at}") as house:
                ANSWER.check(await house.query(NAME))
            async with House(first + f"forward example.com {other.at}") as house:
                assert (await house.query(NAME)).rcode == dns.rcode.NXDOMAIN

    run(scene())
