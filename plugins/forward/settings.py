# SPDX-License-Identifier: Apache-2.0
"""What a `forward` line says, as data."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from resolver import names
from resolver.request import Endpoint

MAX_UPSTREAMS = 15


@dataclass(frozen=True, slots=True)
class Target:
    """An upstream: where it is, and by which name its certificate is to be checked.

    `server_name` is empty where none was given: then the certificate is to name the address.
    """

    to: Endpoint
    is_tls: bool = False
    server_name: str = ""

    def __str__(self) -> str:
        return f"tls://{self.to}" if self.is_tls else str(self.to)


@dataclass(frozen=True, slots=True)
class HostName:
    """An upstream that is named, not numbered: its addresses are looked up at the start."""

    name: str
    port: int
    is_tls: bool = False
    server_name: str = ""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How an upstream that failed is probed: how often, and with which question (its NS)."""

    interval_ms: int = 500
    recursion_desired: bool = True
    domain: bytes = names.ROOT


@dataclass(frozen=True, slots=True)
class Settings:
    """The properties of one `forward` line. Times are in milliseconds.

    zones: whose names are forwarded. excepted: but not these. expire_ms: how long a connection may
    be idle; max_age_ms: how old it may get; max_idle: how many may be idle at each upstream (0: no
    such bound, for both). read_ms: how long one attempt may take. max_fails: how many probes fail
    until an upstream is down (0: it never is). max_attempts: for one question, 0 for no bound but
    its deadline. max_concurrent: queries at a time, 0 for no bound. next_rcodes: what is left to
    the next plugin; failover_rcodes: to the next upstream. tls: for `tls://` upstreams.
    server_name: what names the certificates of those that say no name of their own.
    """

    zones: tuple[bytes, ...]
    excepted: tuple[bytes, ...] = ()
    force_tcp: bool = False
    prefer_udp: bool = False
    expire_ms: int = 10_000
    max_age_ms: int = 0
    max_idle: int = 0
    read_ms: int = 2000
    max_fails: int = 2
    max_attempts: int | None = None
    max_concurrent: int = 0
    policy: str = "random"
    health: HealthCheck = HealthCheck()
    next_rcodes: frozenset[int] = frozenset()
    next_on_nodata: bool = False
    failover_rcodes: frozenset[int] = frozenset()
    failfast: bool = False
    source: str = ""
    resolvers: tuple[Endpoint, ...] = ()
    tls: ssl.SSLContext | None = None
    server_name: str = ""

    def covers(self, qname: bytes) -> bool:
        """Return whether questions for a name are forwarded; `except` never excludes a zone."""
        if names.longest_match(qname, self.zones) is None:
            return False
        return qname in self.zones or names.longest_match(qname, self.excepted) is None
