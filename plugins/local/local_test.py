# SPDX-License-Identifier: Apache-2.0
"""What `local` answers at once."""

import pytest

from plugins.local.local import Local
from resolver.testing import (
    Case,
    NextHandler,
    RecordingWriter,
    request,
    serve,
    services,
)

SOA = "604800 IN SOA localhost. root.localhost. 1 0 0 0 604800"


@pytest.mark.parametrize(
    "case",
    [
        Case("localhost. A", ["localhost. 604800 IN A 127.0.0.1"]),
        Case("localhost. AAAA", ["localhost. 604800 IN AAAA ::1"]),
        Case("localhost. NS", ["localhost. 604800 IN NS localhost."]),
        Case("localhost. SOA", [f"localhost. {SOA}"]),
        Case("localhost. MX", authority=[f"localhost. {SOA}"]),
        Case("a.b.localhost. A", ["a.b.localhost. 604800 IN A 127.0.0.1"]),
        Case("a.localhost. NS", authority=[f"localhost. {SOA}"]),
        Case("localhost.example.org. A", ["localhost.example.org. 604800 IN A 127.0.0.1"]),
        Case("localhost.example.org. AAAA", ["localhost.example.org. 604800 IN AAAA ::1"]),
        Case("localhost.example.org. MX", authority=[f"localhost.example.org. {SOA}"]),
        Case("1.0.0.127.in-addr.arpa. PTR", ["1.0.0.127.in-addr.arpa. 604800 IN PTR localhost."]),
        Case("1.0.0.127.in-addr.arpa. A", authority=[f"127.in-addr.arpa. {SOA}"]),
        Case("0.0.127.in-addr.arpa. PTR", authority=[f"127.in-addr.arpa. {SOA}"]),
        Case(
            "2.0.0.127.in-addr.arpa. PTR",
            authority=[f"127.in-addr.arpa. {SOA}"],
            rcode="NXDOMAIN",
        ),
        Case("0.in-addr.arpa. SOA", [f"0.in-addr.arpa. {SOA}"]),
        Case("255.in-addr.arpa. A", authority=[f"255.in-addr.arpa. {SOA}"]),
        Case(
            "1.255.in-addr.arpa. PTR",
            authority=[f"255.in-addr.arpa. {SOA}"],
            rcode="NXDOMAIN",
        ),
    ],
    ids=lambda case: case.question,
)
def test_names_of_the_machine(case: Case) -> None:
    """RFC 6761, 6.3; RFC 6303, 4.2: NODATA for names that exist, NXDOMAIN for others, with SOA."""
    writer = RecordingWriter()
    assert serve(Local(True, services().metrics), writer, request(case.question)) == 0
    case.check(writer.response)
    assert writer.response.plugin == "local"


def test_any_is_all_that_there_is() -> None:
    """Four records at `localhost.`, which is not worth an attack."""
    writer = RecordingWriter()
    serve(Local(True, services().metrics), writer, request("localhost. ANY"))
    assert len(writer.response.rrs) == 4


@pytest.mark.parametrize(
    "has_prefix, question",
    [
        pytest.param(True, "example.org. A", id="another name"),
        pytest.param(True, "notlocalhost.example.org. A", id="a longer label"),
        pytest.param(True, "home.arpa. A", id="a special-use name, which a guard may stop"),
        pytest.param(True, "localhost. CH A", id="another class"),
        pytest.param(False, "localhost.example.org. A", id="the prefix, switched off"),
    ],
)
def test_all_else_passes(has_prefix: bool, question: str) -> None:
    """It is the next plugin's."""
    handler, end = Local(has_prefix, services().metrics), NextHandler(rcode=5)
    handler.next_handler = end
    assert serve(handler, RecordingWriter(), request(question)) == 5
    assert len(end.requests) == 1


def test_names_with_the_prefix_are_counted() -> None:
    """As CoreDNS does: `localhost.` itself is not."""
    given = services()
    for question in ("localhost. A", "localhost.example.org. A", "a.localhost. A"):
        serve(Local(True, given.metrics), RecordingWriter(), request(question))
    assert given.metrics.value("coredns_local_localhost_requests_total") == 1
