# SPDX-License-Identifier: Apache-2.0
"""Strategies for the octets of queries: well-formed ones, damaged ones, any octets at all."""

import struct

from hypothesis import strategies as st

from resolver import names, wire

OPCODE, QR = 0x7800, 0x8000

label = st.one_of(
    st.sampled_from([b"www", b"Example", b"ORG", b"a", b"_tcp", b"A.b", b"\0\xff@[`{"]),
    st.binary(min_size=1, max_size=63),
)
qtype = st.one_of(st.sampled_from([1, 2, 5, 15, 28, 41, 46, 251, 252, 255]), st.integers(0, 65535))
qclass = st.one_of(st.just(1), st.sampled_from([1, 3, 255]), st.integers(0, 65535))
size = st.one_of(st.sampled_from([0, 511, 512, 513, 1232, 4096, 65535]), st.integers(0, 65535))
flags = st.one_of(
    st.just(wire.RD),
    st.integers(0, 65535).map(lambda bits: bits & ~(OPCODE | QR)),
    st.integers(0, 65535),
)
option = st.builds(
    lambda code, data: struct.pack("!HH", code, len(data)) + data,
    st.one_of(st.sampled_from([3, 8, 10, 11, 12, 15]), st.integers(0, 65535)),
    st.binary(max_size=20),
)


@st.composite
def qname(draw: st.DrawFn) -> bytes:
    """Return a name of any octets, as a client may write it."""
    labels: list[bytes] = []
    for each in draw(st.lists(label, max_size=8)):
        if sum(1 + len(known) for known in [*labels, each]) < names.MAX_NAME_OCTETS:
            labels.append(each)
    return names.from_labels(labels)


@st.composite
def opt(draw: st.DrawFn) -> bytes:
    """Return an OPT record; of 64 options, which is the most, in some."""
    options = b"".join(draw(st.lists(option, max_size=6)))
    if draw(st.integers(0, 30)) == 0:
        options = struct.pack("!HH", 11, 0) * 64
    ttl = draw(st.integers(0, 255)) << 24 | draw(st.sampled_from([0, 0x8000, 0x7FFF]))
    return b"\0" + struct.pack("!HHLH", wire.OPT, draw(size), ttl, len(options)) + options


@st.composite
def odd_opt(draw: st.DrawFn) -> bytes:
    """Return an OPT record of another version, or of 65 options."""
    if draw(st.booleans()):
        return b"\0" + struct.pack("!HHLH", wire.OPT, 512, 0, 260) + bytes(260)
    version, data = draw(st.integers(1, 255)), draw(st.binary(max_size=8))
    return b"\0" + struct.pack("!HHLH", wire.OPT, 512, version << 16, len(data)) + data


@st.composite
def record(draw: st.DrawFn) -> bytes:
    """Return a record that is no OPT, as an UPDATE or IXFR might bring."""
    owner = draw(st.one_of(qname(), st.just(b"\xc0\x0c")))
    rdata = draw(st.binary(max_size=20))
    return (
        owner + struct.pack("!HHLH", draw(st.sampled_from([1, 6, 250])), 1, 0, len(rdata)) + rdata
    )


@st.composite
def well_formed(draw: st.DrawFn) -> bytes:
    """Return a query that is answered: one question, an OPT record or none."""
    edns = draw(st.one_of(st.just(b""), opt()))
    bits = draw(flags) & ~(OPCODE | QR)
    header = struct.pack("!HHHHHH", draw(st.integers(0, 65535)), bits, 1, 0, 0, edns != b"")
    return header + draw(qname()) + struct.pack("!HH", draw(qtype), draw(qclass)) + edns


@st.composite
def _assembled(draw: st.DrawFn) -> bytes:
    """Return a message that is put together like a query, whether or not it is one."""
    counts = draw(
        st.one_of(st.just([1, 0, 0, 1]), st.lists(st.integers(0, 3), min_size=4, max_size=4))
    )
    body = draw(qname()) + struct.pack("!HH", draw(qtype), draw(qclass))
    for _ in range(min(sum(counts[1:]), 5)):
        body += draw(st.one_of(opt(), opt(), record(), odd_opt()))
    return struct.pack("!HHHHHH", draw(st.integers(0, 65535)), draw(flags), *counts) + body


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """Return a query with some octets changed, taken away or added."""
    octets = bytearray(draw(st.one_of(well_formed(), _assembled())))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(octets)))
        match draw(st.sampled_from(["set", "cut", "add", "end"])):
            case "set":
                octets[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "cut":
                del octets[at : at + draw(st.integers(1, 12))]
            case "add":
                octets[at:at] = draw(st.binary(min_size=1, max_size=12))
            case _:
                del octets[at:]
    return bytes(octets)


any_octets = st.one_of(well_formed(), _assembled(), _damaged(), st.binary(max_size=80))
