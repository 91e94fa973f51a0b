# SPDX-License-Identifier: Apache-2.0
"""A tap on the loopback that sees each query to the mini internet, so that tests can count them.

The kernel puts a packet into the tap's ring before the server gets it. So once a response has come,
its query is in the ring: count() reads what is there and neither waits nor guesses.
"""

import ctypes
import ipaddress
import mmap
import socket
import struct
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.rdatatype

_BLOCK_OCTETS = 1 << 16
_FRAME_OCTETS = 1 << 9
_FRAMES = 1 << 15
_SNAP_OCTETS = 400  # a query with all its headers, and more

# linux/if_packet.h, linux/socket.h, asm-generic/socket.h
_SOL_PACKET = 263
_PACKET_RX_RING, _PACKET_STATISTICS, _PACKET_VERSION, _PACKET_IGNORE_OUTGOING = 5, 6, 10, 23
_TPACKET_V2 = 1
_SO_ATTACH_FILTER = 26
_ETH_P_ALL = 3
_TP_STATUS_USER = 1
_NETWORKS = (ipaddress.ip_network("127.53.0.0/16"), ipaddress.ip_network("fd53::/64"))

# UDP or TCP to port 53, as `tcpdump -dd` writes it, counted from the IP header:
# (operation, jump if true, jump if false, operand)
_FILTER = (
    (0x30, 0, 0, 0),  # 0: A = first octet
    (0x54, 0, 0, 0xF0),
    (0x15, 0, 6, 0x40),  # 2: IPv4? else 9
    (0x30, 0, 0, 9),  # 3: A = protocol
    (0x15, 1, 0, 17),
    (0x15, 0, 9, 6),  # 5: UDP or TCP, else 15
    (0xB1, 0, 0, 0),  # 6: X = length of the header
    (0x48, 0, 0, 2),  # 7: A = destination port
    (0x15, 5, 6, 53),  # 8: 14 or 15
    (0x15, 0, 5, 0x60),  # 9: IPv6? else 15
    (0x30, 0, 0, 6),  # 10: A = next header
    (0x15, 1, 0, 17),
    (0x15, 0, 2, 6),
    (0x28, 0, 0, 42),  # 13: A = destination port
    (0x15, 0, 1, 53),
    (0x06, 0, 0, _SNAP_OCTETS),  # 15: take it
    (0x06, 0, 0, 0),  # 16: leave it
)


@dataclass(frozen=True, slots=True)
class Query:
    """One query that reached the mini internet; the name as sent, the address it was sent to."""

    qname: str
    qtype: str
    server: str
    is_udp: bool


class Tap:
    """Counts queries since the last reset. Raises PermissionError without CAP_NET_RAW."""

    def __init__(self) -> None:
        self._queries: list[Query] = []
        self._streams: dict[tuple[str, str, int], bytes] = {}
        self._frame = 0
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        program = b"".join(struct.pack("=HBBI", *step) for step in _FILTER)
        octets = ctypes.create_string_buffer(program)
        filter_program = struct.pack("@HP", len(_FILTER), ctypes.addressof(octets))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filter_program)
        self._option(_PACKET_IGNORE_OUTGOING, 1)
        self._option(_PACKET_VERSION, _TPACKET_V2)
        size = _FRAMES * _FRAME_OCTETS
        self._option(_PACKET_RX_RING, _BLOCK_OCTETS, size // _BLOCK_OCTETS, _FRAME_OCTETS, _FRAMES)
        self._ring = mmap.mmap(self._socket.fileno(), size)
        self._socket.bind(("lo", _ETH_P_ALL))

    def close(self) -> None:
        """Stop listening."""
        self._ring.close()
        self._socket.close()

    def queries(self) -> tuple[Query, ...]:
        """Return each query since the last reset, in order.

        Raises OverflowError if more came than the ring holds, 32,768, since the last call.
        """
        if dropped := self._drain():
            raise OverflowError(f"{dropped} packets were not counted: ask more often")
        return tuple(self._queries)

    def reset(self) -> None:
        """Forget what was seen; queries that were sent before do not count any more.

        How many there were is no matter: a test that floods need not have asked.
        """
        self._drain()
        self._queries.clear()

    def _drain(self) -> int:
        """Read what is in the ring; return how many packets found it full since the last time."""
        while packet := self._next():
            self._read(packet)
        statistics = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        _, dropped = struct.unpack("=II", statistics)
        return int(dropped)

    def _option(self, option: int, *values: int) -> None:
        self._socket.setsockopt(_SOL_PACKET, option, struct.pack(f"={len(values)}I", *values))

    def _next(self) -> bytes | None:
        """Return the next packet from its IP header on, and give its frame back to the kernel."""
        start = self._frame * _FRAME_OCTETS
        # struct tpacket2_hdr: status, length, captured length, offsets of the MAC and IP headers
        status, _, length, _, offset = struct.unpack_from("=IIIHH", self._ring, start)
        if not status & _TP_STATUS_USER:
            return None
        packet = self._ring[start + offset : start + offset + length]
        struct.pack_into("=I", self._ring, start, 0)
        self._frame = (self._frame + 1) % _FRAMES
        return packet

    def _read(self, packet: bytes) -> None:
        if packet[0] >> 4 == 4:
            header, protocol = (packet[0] & 0xF) * 4, packet[9]
            end = int.from_bytes(packet[2:4], "big")
            source, server = (
                ipaddress.ip_address(packet[12:16]),
                ipaddress.ip_address(packet[16:20]),
            )
        else:
            header, protocol = 40, packet[6]
            end = 40 + int.from_bytes(packet[4:6], "big")
            source, server = ipaddress.ip_address(packet[8:24]), ipaddress.ip_address(packet[24:40])
        if not any(server in network for network in _NETWORKS):
            return
        transport = packet[header:end]
        if protocol == socket.IPPROTO_UDP:
            self._message(transport[8:], str(server), True)
        else:
            self._segment(transport, str(source), str(server))

    def _segment(self, segment: bytes, source: str, server: str) -> None:
        """Join what a client sends in one connection, and take whole messages off the front."""
        stream = (source, server, int.from_bytes(segment[:2], "big"))
        is_syn = segment[13] & 0x02
        octets = b"" if is_syn else self._streams.pop(stream, b"")
        octets += b"" if is_syn else segment[(segment[12] >> 4) * 4 :]
        while len(octets) >= 2 and len(octets) - 2 >= (length := int.from_bytes(octets[:2], "big")):
            self._message(octets[2 : 2 + length], server, False)
            octets = octets[2 + length :]
        if octets:
            self._streams[stream] = octets

    def _message(self, wire: bytes, server: str, is_udp: bool) -> None:
        try:
            message = dns.message.from_wire(wire, question_only=True)
        except dns.exception.DNSException:
            self._queries.append(Query("", "", server, is_udp))
            return
        for question in message.question:
            qtype = dns.rdatatype.to_text(question.rdtype)
            self._queries.append(Query(question.name.to_text(), qtype, server, is_udp))
