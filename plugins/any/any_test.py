# SPDX-License-Identifier: Apache-2.0
"""What `any` answers."""

import pytest

from plugins.any.any import Any
from resolver import wire
from resolver.testing import Case, NextHandler, RecordingWriter, request, serve


def test_a_query_for_any_gets_one_hinfo_record() -> None:
    """RFC 8482, 4.2: nothing that is worth an amplification attack."""
    writer = RecordingWriter()
    assert serve(Any(), writer, request("Example.org. ANY")) == 0
    due = 'example.org. 8482 IN HINFO "ANY obsoleted" "See RFC 8482"'
    Case("example.org. ANY", [due]).check(writer.response)
    assert writer.response.plugin == "any"


def test_the_record_has_the_class_that_was_asked_for() -> None:
    """Where other classes are served at all."""
    writer = RecordingWriter()
    serve(Any(), writer, request("example.org. CH ANY"))
    (record,) = writer.response.records()
    assert (record.rclass, writer.response.question.qclass) == (wire.CH, wire.CH)


@pytest.mark.parametrize("qtype", ["A", "HINFO", "AXFR", "TYPE65280"])
def test_other_types_pass(qtype: str) -> None:
    """They are the next plugin's."""
    handler, end = Any(), NextHandler(rcode=3)
    handler.next_handler = end
    assert serve(handler, RecordingWriter(), request(f"example.org. {qtype}")) == 3
    assert len(end.requests) == 1
