# SPDX-License-Identifier: Apache-2.0
"""rn_normalise (and rn_form by it) makes the octets of Response.from_wire, whatever it is given."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import names, wire
from resolver.errors import WireError
from resolver.native.forming import Former
from resolver.response import Response
from tests.native.internals import Internals
from tests.native.messages import WALL_S, any_octets, damaged
from tests.native.shapes import SHAPES
from tests.native.workshop import Workshop, normal_form


@pytest.fixture(scope="module")
def workshop(internals: Internals) -> Workshop:
    return Workshop(internals)


def check(workshop: Workshop, octets: bytes, wall_s: int = WALL_S) -> Response | None:
    """Hold C against Python, with DNSSEC records and without; return the response with them."""
    made: Response | None = None
    former = Former()
    for dnssec in (False, True):
        try:
            want: Response | None = normal_form(octets, wall_s, dnssec=dnssec)
        except WireError:
            want = None
        made = workshop.normalise(octets, wall_s, dnssec=dnssec)
        assert made == want
        if want is None:
            with pytest.raises(WireError):
                former.form(octets, wall_s, dnssec=dnssec)
        else:
            assert former.form(octets, wall_s, dnssec=dnssec) == (want.wire, want.rrs)
    return made


@pytest.mark.parametrize(
    "octets", [pytest.param(octets, id=name) for name, octets in SHAPES.items()]
)
def test_shapes(workshop: Workshop, octets: bytes) -> None:
    """What libunbound gives; and an image is in normal form already."""
    made = check(workshop, octets)
    assert made is not None
    again = workshop.normalise(made.wire, WALL_S, dnssec=True)
    assert again is not None
    assert again.wire == made.wire


@settings(max_examples=1500, deadline=None)
@given(octets=any_octets)
def test_any_octets(workshop: Workshop, octets: bytes) -> None:
    """A message, well-formed or not, has one normal form or none."""
    check(workshop, octets)


@settings(max_examples=500, deadline=None)
@given(octets=damaged(st.sampled_from(list(SHAPES.values())[:-1])), wall_s=st.integers(0, 2**33))
def test_damaged_shapes(workshop: Workshop, octets: bytes, wall_s: int) -> None:
    """At any time."""
    check(workshop, octets, wall_s)


def message(records: list[bytes], qname: bytes = b"\0", qtype: int = 1) -> bytes:
    return struct.pack("!6H", 0, 0x8000, 1, len(records), 0, 0) + b"".join(
        [qname, struct.pack("!HH", qtype, 1), *records]
    )


def record(owner: bytes, rtype: int = 16, ttl: int = 60, rdata: bytes = b"") -> bytes:
    return owner + struct.pack("!HHLH", rtype, 1, ttl, len(rdata)) + rdata


LONG = names.from_labels([b"a" * 63] * 3 + [b"a" * 61])
SHORTER = names.from_labels([b"a" * 63] * 3 + [b"a" * 59])
WWW = b"\3www\0"


POINTER = b"\xc0\x0c"  # to the QNAME
LIMITS = {
    "as many records as fit": (message([record(b"\0")] * 5956), True),
    "as many of them OPT": (message([record(b"\0", 41)] * 5956), True),
    "a header that promises more": (message([record(b"\0")] * 5957)[:65535], False),
    "cut": (message([record(b"\0")])[:-1], False),
    "the longest": (message([record(b"\0", rdata=bytes(65507))]), True),
    "names stay short": (message([record(POINTER, 2, rdata=POINTER + bytes(65000))], LONG), True),
    "too long once its names are whole": (
        message([record(b"\0", 33, rdata=bytes(6) + POINTER + bytes(65200))], LONG),
        False,
    ),
    "too long by many names": (message([record(b"\0", 17, rdata=POINTER * 2)] * 300, LONG), False),
    "4096 RRsets": (
        message([record(bytes((2, n // 256, n % 256, 0)), n, n) for n in range(4096)]),
        True,
    ),
    "pointers end at 2^14": (
        message(
            [record(WWW, rdata=bytes(3000))] * 6 + [record(b"\3abc\0", 5, rdata=b"\3def\0")] * 3
        ),
        True,
    ),
    "a pointer into the header": (message([record(b"\xc0\x0a")], WWW), True),
    "a question that points there": (message([record(b"\0")], b"\xc0\x04"), True),
    "a pointer to itself": (message([], POINTER), False),
    "a name of 257 octets": (message([record(POINTER), record(b"\1a" + POINTER)], LONG), False),
    "a name of 255 octets": (message([record(b"\1a" + POINTER)], SHORTER), True),
    "MX without a name": (message([record(b"\0", 15, rdata=b"\0")]), False),
    "CNAME without RDATA": (message([record(b"\0", 5)]), True),
    "RRSIG of one octet": (message([record(b"\0", 46, rdata=b"\0")]), True),
    "no header": (bytes(11), False),
    "no question": (bytes(12), False),
}


@pytest.mark.parametrize(("octets", "is_made"), LIMITS.values(), ids=LIMITS.keys())
def test_limits(workshop: Workshop, octets: bytes, is_made: bool) -> None:
    """What a message may be at most, and what it must not be."""
    assert len(octets) <= wire.MAX_MESSAGE_OCTETS
    assert (check(workshop, octets) is not None) == is_made


def test_a_label_is_known_by_where_it_stands(workshop: Workshop) -> None:
    """A pointer must go behind its own name's labels, though another name may have that suffix."""
    # The owner of the second record begins in front of what the pointer of the first goes to.
    for first, second in ((b"\1b\xc0\x0c", b"\xc0\x21"), (b"\1b\1c\xc0\x0c", b"\1d\xc0\x0e")):
        check(workshop, message([record(first), record(second), record(second)], b"\1a\1b\1c\0"))


@given(
    label=st.binary(min_size=1, max_size=40),
    rcode=st.integers(0, 4095),
    qtype=st.integers(0, 65535),
    qclass=st.integers(0, 65535),
)
def test_empty_images(
    workshop: Workshop, label: bytes, rcode: int, qtype: int, qclass: int
) -> None:
    """An RCODE and the question, as from_records makes it."""
    name = names.lower(names.from_labels([label]))
    want = Response.from_records(name, qtype, qclass=qclass, rcode=rcode, plugin="unbound")
    assert workshop.empty(name, qtype, qclass, rcode) == want
