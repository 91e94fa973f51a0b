# SPDX-License-Identifier: Apache-2.0
"""Strategies for the octets of responses as servers send them: compressed, odd, damaged.

Names are spelt by an encoder of its own that puts pointers wherever it likes: to any label that was
written before, whatever its case, and sometimes to where no name is.
"""

import struct

from hypothesis import strategies as st

from resolver import wire

WALL_S = 1_700_000_000

labels = st.lists(
    st.one_of(
        st.sampled_from([b"www", b"WWW", b"example", b"Example", b"org", b"a", b"mail", b"a" * 63]),
        st.sampled_from([b"a", b"b", b"eightlong", b"\0\xff@[`{"]),
        st.binary(min_size=1, max_size=10),
    ),
    max_size=5,
)
ttl = st.one_of(
    st.sampled_from([0, 1, 60, 300, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]), st.integers(0, 2**32 - 1)
)
rtype = st.one_of(
    st.sampled_from([1, 28, 2, 5, 6, 15, 46, 47, 50, 41]),
    st.sampled_from(
        [1, 2, 3, 4, 7, 8, 9, 12, 14, 16, 17, 18, 21, 24, 26, 30, 33, 35, 36, 39, 43, 64]
    ),
    st.integers(0, 65535),
)
# Where names stand in RDATA: a number is octets, "n" a name, "s" a character-string.
LAYOUTS: dict[int, str] = {
    **dict.fromkeys((2, 3, 4, 5, 7, 8, 9, 12, 30, 39), "n"),
    **dict.fromkeys((6, 14, 17), "nn"),
    **dict.fromkeys((15, 18, 21, 36), "2n"),
    **{24: "9 9n", 26: "2nn", 33: "6n", 35: "4sssn"},
}


class Writer:
    """A message in the making; `targets` are offsets of labels and pointers."""

    def __init__(self) -> None:
        self.octets = bytearray(12)
        self.targets: list[int] = []

    def name(self, draw: st.DrawFn) -> None:
        """Write a name of some labels, then the root or a pointer."""
        start = len(self.octets)
        for each in draw(labels):
            self.targets.append(len(self.octets))
            self.octets += bytes([len(each)]) + each
        before = [target for target in self.targets if target < start]
        ends_in_pointer = draw(st.integers(0, 3)) > 0
        if before and ends_in_pointer:
            self.targets.append(len(self.octets))
            is_stray = draw(st.integers(0, 200)) == 0
            anywhere = st.integers(0, len(self.octets))
            to = draw(anywhere if is_stray else st.sampled_from(before))
            self.octets += struct.pack("!H", 0xC000 | to & 0x3FFF)
        else:
            self.octets.append(0)

    def rdata(self, draw: st.DrawFn, of_type: int) -> None:
        """Write RDATA that has names where its type has them, and maybe octets behind."""
        for part in LAYOUTS.get(of_type, ""):
            if part == "n":
                self.name(draw)
            elif part == "s":
                text = draw(st.binary(max_size=4))
                self.octets += bytes([len(text)]) + text
            elif part != " ":
                self.octets += bytes(int(part))
        if of_type == wire.RRSIG:
            self.signature(draw)
        elif of_type not in LAYOUTS or draw(st.integers(0, 4)) == 0:
            self.octets += draw(st.binary(max_size=24))

    def signature(self, draw: st.DrawFn) -> None:
        left = draw(st.one_of(st.sampled_from([-1, 0, 1, 59, 1000]), st.integers(-(2**31), 2**31)))
        ends = (WALL_S + left) & 0xFFFFFFFF
        self.octets += struct.pack("!HBBLLLH", draw(rtype), 13, 2, draw(ttl), ends, 1, 2)

    def record(self, draw: st.DrawFn) -> None:
        kind = draw(rtype)
        self.name(draw)
        self.octets += struct.pack("!HHLH", kind, draw(st.sampled_from([1, 1, 1, 3])), draw(ttl), 0)
        start = len(self.octets)
        if draw(st.integers(0, 12)):
            self.rdata(draw, kind)
        length = len(self.octets) - start
        if not draw(st.integers(0, 200)):
            length = max(0, length + draw(st.integers(-3, 3)))
        struct.pack_into("!H", self.octets, start - 2, length)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """Return a response that is mostly well-formed."""
    writer = Writer()
    writer.name(draw)
    writer.octets += struct.pack("!HH", draw(rtype | st.sampled_from([1, 46, 255])), 1)
    counts = [draw(st.integers(0, 4)) for _ in range(3)]
    for _ in range(sum(counts)):
        writer.record(draw)
    flags = draw(st.sampled_from([0x8180, 0x8583, 0x8783, 0x8002, 0x0000]) | st.integers(0, 65535))
    questions = 1 if draw(st.integers(0, 200)) else draw(st.integers(0, 2))
    struct.pack_into("!6H", writer.octets, 0, draw(st.integers(0, 9)), flags, questions, *counts)
    return bytes(writer.octets)


@st.composite
def damaged(draw: st.DrawFn, messages: st.SearchStrategy[bytes]) -> bytes:
    """Return a message with some octets changed, taken away or added."""
    octets = bytearray(draw(messages))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(octets)))
        match draw(st.sampled_from(["set", "set", "pointer", "cut", "add", "end"])):
            case "set":
                octets[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "pointer":
                octets[at : at + 2] = struct.pack("!H", 0xC000 | draw(st.integers(0, len(octets))))
            case "cut":
                del octets[at : at + draw(st.integers(1, 12))]
            case "add":
                octets[at:at] = draw(st.binary(min_size=1, max_size=12))
            case _:
                del octets[at:]
    return bytes(octets)


HEAD = b"\0\0\x80\0\0\1\0\2\0\1\0\0\7example\3org\0\0\1\0\1"
any_octets = st.one_of(
    written(),
    damaged(written()),
    st.binary(max_size=120),
    st.binary(max_size=120).map(lambda octets: HEAD + octets),
)
