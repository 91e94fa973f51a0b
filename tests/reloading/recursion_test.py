# SPDX-License-Identifier: Apache-2.0
"""A reload of a resolver: what libunbound has learnt stays as long as its words do."""

import dns.rcode
import pytest

from resolver.errors import ResolverError
from tests.internet import Internet
from tests.serve import Running, serving

NAME = "www.example.org."


def corefile(internet: Internet, more: str = "", words: str = "") -> str:
    return f""".:0 {{
        bind 127.0.0.1
        {more}
        unbound {{
            {internet.unbound_properties}
            {words}
        }}
    }}"""


def asked(server: Running, internet: Internet) -> int:
    """Return how often a question was asked upstream for one query of ours."""
    internet.reset_queries()
    assert server.query(f"{NAME} A").rcode() == dns.rcode.NOERROR
    return internet.queries(NAME, "A")


@pytest.mark.parametrize(
    ("more", "words", "again"),
    [
        pytest.param("errors", "", 0, id="equal words"),
        pytest.param("", "snoop on", 0, id="a property that is not libunbound's"),
        pytest.param("", "option cache-min-ttl 1", 1, id="other words"),
    ],
)
def test_what_libunbound_knows(
    internet: Internet, engine: str, more: str, words: str, again: int
) -> None:
    """It is asked anew only where its configuration is another."""
    with serving(corefile(internet), engine) as server:
        assert asked(server, internet) == 1
        server.reload(corefile(internet, more, words))
        assert asked(server, internet) == again
        server.reload(corefile(internet, more, words))
        assert asked(server, internet) == 0


def test_recursion_comes_and_goes(internet: Internet, engine: str) -> None:
    """Its thread ends with the last block that needs it, and starts anew."""
    without = ".:0 {\n bind 127.0.0.1\n whoami\n}\n"
    with serving(without, engine) as server:
        for _ in range(2):
            server.reload(corefile(internet))
            assert asked(server, internet) == 1
            server.reload(without)
            assert server.query("whoami.example. A").rcode() == dns.rcode.NOERROR


def test_a_refused_configuration_leaves_recursion(internet: Internet, engine: str) -> None:
    """What libunbound would not accept is found by a child process."""
    with serving(corefile(internet), engine) as server:
        assert asked(server, internet) == 1
        with pytest.raises(ResolverError, match="no-such-option"):
            server.reload(corefile(internet, words="option no-such-option yes"))
        assert asked(server, internet) == 0
