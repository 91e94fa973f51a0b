# SPDX-License-Identifier: Apache-2.0
"""Responses as images, and what else rn_render is given, for the tests of C against Python."""

from collections.abc import Iterable
from typing import Any

from resolver.errors import Ede
from resolver.render import MAX_EDE_TEXT_OCTETS, trim_text
from resolver.response import Response, Validation
from tests.native.internals import Internals

VALIDATIONS = list(Validation)  # in the order of enum rn_validation
_EDE = 15


class Image:
    """A struct rn_image with the octets that it borrows."""

    def __init__(self, internals: Internals, response: Response) -> None:
        ffi = internals.ffi
        self._wire = ffi.new("uint8_t[]", response.wire)  # exact length but for cffi's none
        self._places = ffi.new(
            "struct rn_place[]", [(rr.offset, rr.ttl_offset) for rr in response.rrs]
        )
        ede = packed_ede(response.ede)
        self._ede = ffi.new("uint8_t[]", ede)
        image: Any = ffi.new(
            "struct rn_image *",
            {
                "wire": self._wire,
                "places": self._places,
                "ede": self._ede,
                "wire_length": len(response.wire),
                "count": len(response.rrs),
                "ede_length": len(ede),
                "rcode": response.rcode,
                "validation": VALIDATIONS.index(response.validation),
                "context": response.context,
                "is_recursive": response.recursive,
            },
        )
        image.order = internals.lib.rn_order_of(image)
        self.image = image


def packed_ede(errors: Iterable[Ede]) -> bytes:
    """Return Extended DNS Errors as images hold them: the options that are sent."""
    packed = b""
    for code, text in errors:
        data = code.to_bytes(2, "big") + trim_text(text, MAX_EDE_TEXT_OCTETS)
        packed += _EDE.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data
    return packed


class Renderer:
    """Reads queries and renders images with C."""

    def __init__(self, internals: Internals, seed: int = 1) -> None:
        self._ffi, self.lib, _ = self._internals = internals
        self._random = self._ffi.new("struct rn_random *")
        self.lib.rn_random_seed(self._random, seed)
        self._query: Any = None  # borrowed by what was read last

    def image(self, response: Response) -> Image:
        return Image(self._internals, response)

    def read(self, octets: bytes) -> tuple[int, Any]:
        """Return what rn_asked_read returns, and the struct rn_asked."""
        ffi = self._ffi
        asked = ffi.new("struct rn_asked *")
        ffi.buffer(asked)[:] = b"\xa5" * ffi.sizeof("struct rn_asked")  # as a stack may be
        self._query = ffi.from_buffer(octets)
        return self.lib.rn_asked_read(asked, self._query, len(octets)), asked

    def octets_at(self, pointer: Any, length: int) -> bytes:
        """Return what stands in C's memory."""
        return bytes(self._ffi.buffer(pointer, length))

    def manner(self, **fields: Any) -> Any:
        """Return a struct rn_manner: UDP, 1232 octets, RD as in the query, unless said."""
        fields = {"payload_size": 1232, "response_rd": -1, "is_udp": True, **fields}
        return self._ffi.new("struct rn_manner *", fields)

    def render(
        self, asked: Any, image: Image, manner: Any, ageing: int = 0, seconds: int = 0, **room: int
    ) -> bytes | None:
        """Return the response's octets, None for what is left to the chain."""
        size = room.get("room", 65535)
        out = self._ffi.new("uint8_t[]", size)
        age = self._ffi.new("struct rn_age *", (ageing, seconds))[0]
        length = self.lib.rn_render(asked, image.image, manner, age, self._random, out, len(out))
        return bytes(self._ffi.buffer(out, length)) if length else None

    def bare(self, asked: Any, rcode: int, ede: bytes, manner: Any) -> bytes:
        out = self._ffi.new("uint8_t[]", 512)
        length = self.lib.rn_render_bare(asked, rcode, ede, len(ede), manner, out)
        return bytes(self._ffi.buffer(out, length))

    def refusal(self, asked: Any, manner: Any) -> bytes:
        out = self._ffi.new("uint8_t[]", 512)
        length = self.lib.rn_render_refusal(asked, manner, out)
        return bytes(self._ffi.buffer(out, length))
