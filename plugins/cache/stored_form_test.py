# SPDX-License-Identifier: Apache-2.0
"""The form in which a response is kept, and which response is one to a request."""

import pytest

from plugins.cache.verdict import as_stored, is_for
from resolver import wire
from resolver.errors import Ede
from resolver.response import Response, Validation
from resolver.testing import Case, request, response

pytestmark = pytest.mark.usefixtures("kept_in")

A = "example.org. 300 IN A 192.0.2.1"


@pytest.mark.parametrize(
    "question, qclass, want",
    [
        pytest.param("example.org. A", 1, True, id="the same"),
        pytest.param("example.org. AAAA", 1, False, id="another type"),
        pytest.param("example.net. A", 1, False, id="another name"),
        pytest.param("org. A", 1, False, id="a name above"),
        pytest.param("example.org. A", 3, False, id="another class"),
    ],
)
def test_a_response_must_answer_the_question(question: str, qclass: int, want: bool) -> None:
    """Name, type and class."""
    asked = request(question)
    made = Response.from_records(asked.qname, asked.qtype, qclass=qclass)
    assert is_for(request("EXAMPLE.org. A"), made) is want


def test_what_one_client_gets_is_not_stored() -> None:
    """AA is not true for the cache's word, options are one client's; the rest stays."""
    made = response(
        "example.org. A",
        [A],
        flags=wire.AA,
        validation=Validation.SECURE,
        recursive=True,
        options=((3, b"nsid"),),
        plugin="unbound",
        context=1,
    )
    stored = as_stored(made)
    Case("example.org. A", [A], validation=Validation.SECURE).check(stored)
    assert (stored.options, stored.plugin, stored.context) == ((), "cache", 1)
    assert stored.recursive
    assert stored.rrs == made.rrs


@pytest.mark.parametrize(
    "rcode, ede, want",
    [
        pytest.param("SERVFAIL", (), (13,), id="a failure without reason: it is a cached one"),
        pytest.param("SERVFAIL", (Ede(22),), (22,), id="a failure with a reason"),
        pytest.param("NOERROR", (), (), id="no failure"),
    ],
)
def test_a_stored_failure_has_a_reason(
    rcode: str, ede: tuple[Ede, ...], want: tuple[int, ...]
) -> None:
    """RFC 8914, 4.14."""
    stored = as_stored(response("example.org. A", rcode=rcode, ede=ede))
    assert tuple(one.code for one in stored.ede) == want
