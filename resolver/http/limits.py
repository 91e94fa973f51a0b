# SPDX-License-Identifier: Apache-2.0
"""Limits of an HTTP listener: how long it waits, and how much it holds for its clients."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Time-outs in seconds, and caps. CoreDNS waits 5 seconds as well.

    timeout_s: for a request to go on, between requests, for a TLS handshake, and for a client that
    does not read. connections: open at a time; the oldest gives way to a newcomer. head_octets: of
    a request line with its headers. streams: on one connection of HTTP/2.
    """

    timeout_s: int = 5
    connections: int = 64
    head_octets: int = 16 * 1024
    streams: int = 8
