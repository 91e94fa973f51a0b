# SPDX-License-Identifier: Apache-2.0
"""Images made by C, as Responses, for the tests that hold them against Python's."""

from typing import Any

from resolver import wire
from resolver.errors import Ede
from resolver.response import Response
from resolver.wire import RR
from tests.native.images import VALIDATIONS
from tests.native.internals import Internals

WITHOUT_AA_TC = ~(wire.AA | wire.TC)


class Workshop:
    """A struct rn_workshop, and an image that lends from it."""

    def __init__(self, internals: Internals) -> None:
        self.ffi, self.lib = internals.ffi, internals.lib
        self._workshop = self.ffi.gc(self.lib.rn_workshop_new(), self.lib.rn_workshop_free)
        self.image: Any = self.ffi.new("struct rn_image *")
        self.writable: Any = self.ffi.new("uint8_t **")

    def normalise(self, octets: bytes, wall_s: int, *, dnssec: bool) -> Response | None:
        """Return what rn_normalise makes of a message, None for a malformed one."""
        status = self.lib.rn_normalise(
            self._workshop,
            self.ffi.from_buffer(octets),
            len(octets),
            wall_s,
            not dnssec,
            self.image,
        )
        return self.response() if status == 0 else None

    def empty(self, qname: bytes, qtype: int, qclass: int, rcode: int) -> Response:
        """Return what rn_empty_image makes."""
        self.lib.rn_empty_image(self._workshop, qname, len(qname), qtype, qclass, rcode, self.image)
        return self.response()

    def variant(self, *arguments: Any) -> Response | None:
        """Return what rn_variant makes, None for a malformed message."""
        status = self.lib.rn_variant(self._workshop, *arguments, self.image, self.writable)
        if status == 0:
            assert self.writable[0] == self.image.wire
        return self.response() if status == 0 else None

    def response(self) -> Response:
        """Return the image as a Response; `plugin` is what has made it."""
        image = self.image
        octets = bytes(self.ffi.buffer(image.wire, image.wire_length))
        assert image.order == self.lib.rn_order_of(image)
        return Response(
            octets,
            image.rcode,
            self._places(octets),
            VALIDATIONS[image.validation],
            image.is_recursive,
            self._ede(),
            plugin="unbound",
            context=image.context,
        )

    def _places(self, octets: bytes) -> tuple[RR, ...]:
        image = self.image
        places = [(image.places[n].offset, image.places[n].ttl_offset) for n in range(image.count)]
        counts = wire.SIX_WORDS.unpack_from(octets)[3:]
        sections = [section for section in (1, 2, 3) for _ in range(counts[section - 1])]
        ends = [*(offset for offset, _ in places), len(octets)][1:]
        return tuple(
            RR(section, wire.WORD.unpack_from(octets, at - 4)[0], offset, at, end)
            for section, (offset, at), end in zip(sections, places, ends, strict=True)
        )

    def _ede(self) -> tuple[Ede, ...]:
        length = self.image.ede_length
        packed = bytes(self.ffi.buffer(self.image.ede, length)) if length else b""
        found: list[Ede] = []
        while packed:
            option, length, code = (wire.WORD.unpack_from(packed, at)[0] for at in (0, 2, 4))
            assert option == 15
            found.append(Ede(code, packed[6 : 4 + length].decode()))
            packed = packed[4 + length :]
        return tuple(found)


def normal_form(octets: bytes, wall_s: int, *, dnssec: bool) -> Response:
    """Return what Python makes of a message of libunbound; raises WireError."""
    if len(octets) > 3:
        flags = wire.WORD.unpack_from(octets, 2)[0] & WITHOUT_AA_TC
        octets = octets[:2] + wire.WORD.pack(flags) + octets[4:]
    return Response.from_wire(octets, wall_s=wall_s, dnssec=dnssec, plugin="unbound")
