# SPDX-License-Identifier: Apache-2.0
"""rn_variant makes of a result what the plugin `unbound` makes of it, whatever the result is."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugins.minimal.minimal import MinimalWriter
from plugins.unbound import ede
from plugins.unbound.metrics import UnboundMetrics
from plugins.unbound.policy import Policy
from plugins.unbound.unbound import Unbound
from resolver import names
from resolver.errors import WireError
from resolver.metrics import Metrics
from resolver.recursion.said import reason
from resolver.recursion.settings import RecursionSettings, Where
from resolver.response import Response
from resolver.testing import FixedClock, RecordingWriter, request
from resolver.types import Result
from tests.native.internals import Internals
from tests.native.messages import any_octets
from tests.native.shapes import SHAPES
from tests.native.workshop import Workshop

INSECURE, BOGUS, SECURE = range(3)  # enum rn_security
EXPIRED = b"validation failure <www.example.org. A IN>: signature expired from 192.0.2.1"

texts = st.one_of(
    st.sampled_from(ede.BOGUS).map(lambda row: b"validation failure: " + row[0].encode()),
    st.sampled_from([b"", EXPIRED, b"no keys have a DS, signature expired", b"x" * 250 + EXPIRED]),
    st.binary(max_size=300),
)
messages = st.one_of(
    st.just(b""),
    st.sampled_from(list(SHAPES.values())[:-1]),
    any_octets.map(lambda octets: octets.ljust(12, b"\0")),  # the bridge takes no less for one
)


class Variants:
    """Makes variants, with C and with Python, at the same time and from the same table."""

    def __init__(self, internals: Internals, bogus: tuple[tuple[str, int], ...]) -> None:
        self.workshop = Workshop(internals)
        self.clock = FixedClock()
        settings = RecursionSettings(Where("Corefile", 1))
        metrics = UnboundMetrics(Metrics())
        self.plugin = Unbound(Policy(bogus=bogus), settings, self.clock, metrics)
        new = internals.ffi.new
        self._texts = [new("char[]", text.encode()) for text, _ in bogus]
        self._rows = new(
            "struct rn_bogus_text[]",
            [(text, len(text) - 1, row[1]) for text, row in zip(self._texts, bogus, strict=True)],
        )
        self._table = new("struct rn_bogus_table *", (self._rows, len(bogus)))

    def by_python(
        self, asked: Any, result: Any, wire: bytes, text: bytes, is_minimal: bool = False
    ) -> Response | None:
        why = reason(text) if result["security"] == BOGUS else None
        said = Result(
            *(1, 0, result["security"] == SECURE, why, wire or None),
            *(result["context"], result["ratelimited"] != 0),
        )
        try:
            made = self.plugin._variant(asked, said)
        except WireError:
            return None
        if not is_minimal:
            return made
        writer = RecordingWriter(asked.client, asked.local, asked.transport)
        MinimalWriter(writer).write(made)
        return writer.responses[0]

    def by_c(
        self, asked: Any, result: Any, wire: bytes, text: bytes, is_minimal: bool = False
    ) -> Response | None:
        new = self.workshop.ffi.new
        lengths = {"wire_length": len(wire), "text_length": len(text)}
        qname = new("uint8_t[]", asked.qname)
        key = {"qname": qname, "qname_length": len(asked.qname)}
        key |= {"is_do": asked.do, "is_cd": asked.cd}
        return self.workshop.variant(
            new("struct rn_result *", {**result, **lengths}),
            self.workshop.ffi.from_buffer(wire) if wire else self.workshop.ffi.NULL,
            new("char[]", text) if text else self.workshop.ffi.NULL,
            self._table,
            new("struct rn_key *", {**key, "qtype": asked.qtype, "qclass": asked.qclass}),
            is_minimal,
            int(self.clock.wall_s()),
        )


@pytest.fixture(scope="module")
def variants(internals: Internals) -> Variants:
    return Variants(internals, ede.BOGUS)


results = st.fixed_dictionaries(
    {
        "security": st.sampled_from([INSECURE, BOGUS, BOGUS, SECURE]),
        "ratelimited": st.sampled_from([0, 0, 1]),
        "context": st.integers(0, 1),
    }
)


@settings(max_examples=1000, deadline=None)
@given(
    result=results,
    octets=messages,
    text=texts,
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
@example({"security": BOGUS, "ratelimited": 0, "context": 1}, b"", EXPIRED, (True, False, False))
@example({"security": INSECURE, "ratelimited": 0, "context": 0}, b"", b"", (False, False, True))
def test_variants(
    variants: Variants,
    result: dict[str, int],
    octets: bytes,
    text: bytes,
    flags: tuple[bool, bool, bool],
) -> None:
    """SERVFAIL with its reason, or the data, for each DO and CD, and as `minimal` leaves it."""
    do, cd, is_minimal = flags
    asked = request("www.Example.org. A", do=do, cd=cd)
    assert variants.by_c(asked, result, octets, text, is_minimal) == variants.by_python(
        asked, result, octets, text, is_minimal
    )


@pytest.mark.parametrize("do", [False, True])
def test_a_minimal_answer(variants: Variants, do: bool) -> None:
    """All shapes of messages; of some of them something is left out."""
    asked = request("www.Example.org. A", do=do)
    result = {"security": SECURE, "ratelimited": 0, "context": 0}
    smaller = 0
    for octets in SHAPES.values():
        minimal = variants.by_c(asked, result, octets, b"", True)
        assert minimal == variants.by_python(asked, result, octets, b"", True)
        smaller += minimal != variants.by_c(asked, result, octets, b"")
    assert smaller


def test_the_class_that_was_asked_for_fails(variants: Variants) -> None:
    """A failure has the question, its class too."""
    asked = request("www.example.org. CH A")
    result = {"security": INSECURE, "ratelimited": 0, "context": 0}
    failure = variants.by_c(asked, result, b"", b"")
    assert failure == variants.by_python(asked, result, b"", b"")
    assert failure is not None
    assert failure.question[:3] == (names.from_text("www.example.org."), 1, 3)


def test_the_first_text_decides(internals: Internals) -> None:
    """A table of one's own, its order, and none at all."""
    asked = request("www.example.org. A")
    result = {"security": BOGUS, "ratelimited": 0, "context": 0}
    for table, code in (
        ((("expired", 1), ("signature", 2)), 1),
        ((("signature", 2), ("expired", 1)), 2),
        ((), ede.DNSSEC_BOGUS),
    ):
        failure = Variants(internals, table).by_c(asked, result, b"", EXPIRED)
        assert failure is not None
        assert failure.ede == ((code, EXPIRED.decode()),)
