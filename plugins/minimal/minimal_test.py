# SPDX-License-Identifier: Apache-2.0
"""What `minimal` leaves out."""

import pytest

from plugins.minimal.minimal import Minimal
from resolver.response import Response, Validation
from resolver.testing import Case, NextHandler, RecordingWriter, request, response, serve

A = "www.example.org. 60 IN A 192.0.2.1"
NS = "example.org. 60 IN NS ns.example.org."
SOA = "example.org. 60 IN SOA ns.example.org. h.example.org. 1 2 3 4 5"
GLUE = "ns.example.org. 60 IN A 192.0.2.53"
NSEC = "a.example.org. 60 IN NSEC z.example.org. A RRSIG NSEC"
_REST = "8 2 60 20300101000000 20200101000000 1 example.org. c2ln"
SIG_A = f"www.example.org. 60 IN RRSIG A {_REST}"
SIG_NS = f"example.org. 60 IN RRSIG NS {_REST}"
SIG_NSEC = f"a.example.org. 60 IN RRSIG NSEC {_REST}"
SIG_GLUE = f"ns.example.org. 60 IN RRSIG A {_REST}"


def written(answer: Response) -> Response:
    """Return what the client's side gets for a response of the next plugin's."""
    handler, writer = Minimal(), RecordingWriter()
    handler.next_handler = NextHandler(answer)
    assert serve(handler, writer, request("www.example.org. A")) == 0
    return writer.response


def test_a_positive_answer_is_the_answer_alone() -> None:
    """Its validation state stays, since what is left is unchanged."""
    answer = response("www.example.org. A", [A], [NS], [GLUE], validation=Validation.SECURE)
    Case("www.example.org. A", [A], validation=Validation.SECURE).check(written(answer))


def test_a_proof_stays() -> None:
    """RFC 4035, 3.1.3.3: without it an answer made from a wildcard is bogus to who validates."""
    answer = response(
        "www.example.org. A", [A, SIG_A], [NS, SIG_NS, NSEC, SIG_NSEC], [GLUE, SIG_GLUE]
    )
    Case("www.example.org. A", [A, SIG_A], [NSEC, SIG_NSEC]).check(written(answer))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response("www.example.org. A", [], [SOA], [GLUE]), id="NODATA"),
        pytest.param(
            response("www.example.org. A", [], [SOA], [GLUE], rcode="NXDOMAIN"), id="NXDOMAIN"
        ),
        pytest.param(response("www.example.org. A", [], [NS], [GLUE]), id="a delegation"),
        pytest.param(
            response("www.example.org. A", [], [SOA], [GLUE], rcode="SERVFAIL"), id="SERVFAIL"
        ),
        pytest.param(response("www.example.org. A", [A]), id="nothing to leave out"),
    ],
)
def test_other_responses_pass_as_they_are(answer: Response) -> None:
    """The very same one."""
    assert written(answer) is answer
