# SPDX-License-Identifier: Apache-2.0
"""Rewritten questions, and answers from templates, on a whole server with a cache."""

import dns.flags
import dns.message
import dns.rdatatype
import pytest

from tests.serve import Running, serving

COREFILE = """
. {
    bind 127.0.0.1
    rewrite continue class CH IN
    rewrite name suffix .house.example .home.arpa answer auto
    rewrite stop name regex ^(.*)[.]ip[.]example[.]$ ip-{1}.home.arpa
    rewrite continue cname exact old.home.arpa www.home.arpa
    rewrite rcode denied.example SERVFAIL NXDOMAIN
    cache
    template IN A home.arpa {
        match ^ip-(?P<d>[0-9]+)[.]home[.]arpa[.]$
        answer "{{ .Name }} 60 IN A 192.0.2.{{ .Group.d }}"
        fallthrough
    }
    template IN ANY alias.home.arpa {
        answer "{{ .Name }} 60 IN CNAME www.home.arpa."
    }
    template IN ANY moved.home.arpa {
        answer "{{ .Name }} 60 IN CNAME old.home.arpa."
    }
    template IN ANY denied.example {
        match ^never$
    }
    hosts none home.arpa {
        192.0.2.1 www.home.arpa
    }
}
"""


def answer(server: Running, question: str) -> list[str]:
    """Return the records of an answer, `NAME TYPE DATA`; the question is the client's own."""
    name, *_ = question.split()
    message: dns.message.Message = server.query(question)
    assert message.question[0].name.to_text() == name
    assert not message.flags & dns.flags.AD
    return [
        f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {item}"
        for rrset in message.answer
        for item in rrset
    ]


@pytest.mark.parametrize(
    "question, want",
    [
        pytest.param("WWW.house.example. A", ["WWW.house.example. A 192.0.2.1"], id="reverted"),
        pytest.param("7.ip.example. A", ["ip-7.home.arpa. A 192.0.2.7"], id="not reverted"),
        pytest.param("www.home.arpa. CH A", ["www.home.arpa. A 192.0.2.1"], id="another class"),
        pytest.param(
            "alias.home.arpa. A",
            ["alias.home.arpa. CNAME www.home.arpa.", "www.home.arpa. A 192.0.2.1"],
            id="an alias of a template",
        ),
        pytest.param(
            "moved.home.arpa. A",
            ["moved.home.arpa. CNAME www.home.arpa.", "www.home.arpa. A 192.0.2.1"],
            id="an alias that is rewritten",
        ),
    ],
)
def test_what_a_client_gets(engine: str, question: str, want: list[str]) -> None:
    """From the chain, and the same once more from the cache."""
    with serving(COREFILE, engine) as server:
        for _ in range(2):
            got = answer(server, question)
            assert [line.lower() for line in got] == [line.lower() for line in want]


def test_an_rcode_of_the_server_itself(engine: str) -> None:
    """A bare SERVFAIL of a plugin behind becomes what the rule says."""
    with serving(COREFILE, engine) as server:
        assert server.query("denied.example. A").rcode() == 3
        assert server.query("x.denied.example. A").rcode() == 2
