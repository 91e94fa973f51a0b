# SPDX-License-Identifier: Apache-2.0
"""What is counted of every query, with CoreDNS's names and labels."""

import collections
import platform
from dataclasses import dataclass
from typing import NamedTuple

import dns.rcode
from dns.rdatatype import RdataType

from resolver import names
from resolver.engine.observed import Counted
from resolver.metrics import SIZE_BUCKETS, Metrics, SpreadTally, Tally
from resolver.request import Request
from resolver.types import Rcode
from resolver.version import VERSION

DROPPED = "dropped"  # the zone of queries that no chain is asked about
OTHER = "other"  # the type of those that are not told apart

_TYPES = {
    int(rtype): rtype.name
    for rtype in (
        RdataType.A,
        RdataType.AAAA,
        RdataType.ANY,
        RdataType.AXFR,
        RdataType.CNAME,
        RdataType.DNSKEY,
        RdataType.DS,
        RdataType.HTTPS,
        RdataType.IXFR,
        RdataType.MX,
        RdataType.NS,
        RdataType.NSEC,
        RdataType.NSEC3,
        RdataType.PTR,
        RdataType.RRSIG,
        RdataType.SOA,
        RdataType.SRV,
        RdataType.SVCB,
        RdataType.TXT,
    )
}
_PLACE = ("server", "zone", "view")

_Responses = dict[tuple[int, str], Tally]
_Kind = tuple[str, int, str]  # proto, address family, type
_Place = tuple[str, bytes | None, str]  # server, zone (None: no chain was asked), view


@dataclass(frozen=True, slots=True)
class _Children:
    """The metrics of one set of labels. They are kept, since looking them up is slow."""

    requests: Tally
    duration: SpreadTally
    request_size: SpreadTally
    response_size: SpreadTally
    do: Tally
    responses: _Responses


class EnabledPlugin(NamedTuple):
    """The labels of `coredns_plugin_enabled`."""

    server: str
    zone: str
    view: str
    name: str


class Counts:
    """The metrics of all queries of a process. The event loop's thread only."""

    def __init__(self, metrics: Metrics) -> None:
        self._requests = metrics.counter(
            "coredns_dns_requests_total",
            "Queries, by protocol, address family (1: IPv4, 2: IPv6) and type.",
            (*_PLACE, "proto", "family", "type"),
        )
        self._duration = metrics.histogram(
            "coredns_dns_request_duration_seconds", "Time until a query was answered.", _PLACE
        )
        self._request_size = metrics.histogram(
            "coredns_dns_request_size_bytes",
            "Octets of a query, as it came in.",
            (*_PLACE, "proto"),
            SIZE_BUCKETS,
        )
        self._do = metrics.counter(
            "coredns_dns_do_requests_total", "Queries with the DO bit.", _PLACE
        )
        self._response_size = metrics.histogram(
            "coredns_dns_response_size_bytes",
            "Octets of a response, before truncation and without OPT.",
            (*_PLACE, "proto"),
            SIZE_BUCKETS,
        )
        self._responses = metrics.counter(
            "coredns_dns_responses_total",
            "Responses, by RCODE and by the plugin that answered; without one by the server.",
            (*_PLACE, "rcode", "plugin"),
        )
        self._enabled = metrics.gauge(
            "coredns_plugin_enabled",
            "1 for each plugin in the chain of a server and zone.",
            (*_PLACE, "name"),
        )
        metrics.gauge(
            "coredns_build_info",
            "1; the labels tell what is running.",
            ("version", "revision", "goversion"),
        ).labels(VERSION, "", f"python{platform.python_version()}").set(1)
        self._tally, self._spread_tally = metrics.tally, metrics.spread_tally
        self._children: dict[tuple[str, bytes | None, str, _Kind], _Children] = {}
        self._shared: dict[tuple[str, str, str], _Responses] = {}
        self._chains: collections.Counter[EnabledPlugin] = collections.Counter()

    def enable(self, place: EnabledPlugin) -> None:
        """Note that a plugin stands in a chain; a reload does so before the last chain goes."""
        self._chains[place] += 1
        self._enabled.labels(*place).set(1)

    def disable(self, place: EnabledPlugin) -> None:
        """Take one `enable` back."""
        self._chains[place] -= 1
        if not self._chains[place]:
            del self._chains[place]
            self._enabled.remove(*place)

    def answered(
        self, request: Request, rcode: Rcode | None, plugin: str, octets: int, duration_s: float
    ) -> None:
        """Count a query that a chain was asked about.

        rcode: None if no response was sent. plugin: who answered. octets: of the response.
        """
        self._count(request, request.zone, rcode, plugin, octets, duration_s)

    def rejected(self, request: Request, rcode: Rcode, octets: int) -> None:
        """Count a query that the server turned down; it took no time."""
        self._count(request, None, rcode, "", octets, 0.0)

    def _count(
        self,
        request: Request,
        zone: bytes | None,
        rcode: Rcode | None,
        plugin: str,
        octets: int,
        duration_s: float,
    ) -> None:
        qtype = _TYPES.get(request.qtype, OTHER)
        kind = (request.transport.proto, request.client.family, qtype)
        children = self._children_of(request.server, zone, request.view, kind)
        children.requests.inc()
        children.duration.observe(duration_s)
        children.request_size.observe(request.size)
        if request.do:
            children.do.inc()
        if rcode is None:
            return
        children.response_size.observe(octets)
        place = (request.server, zone, request.view)
        self._response(children, place, rcode, plugin).inc()

    def observe(self, counted: Counted) -> None:
        """Add queries that were served, or turned down, without the chain."""
        place = (counted.server, counted.zone, counted.view)
        children: _Children | None = None
        of_proto: dict[str, _Children] = {}
        for (proto, family, number), count in counted.requests.items():
            kind = (proto, family, _TYPES.get(number, OTHER))
            children = of_proto[proto] = self._children_of(*place, kind)
            children.requests.inc(count)
        if children is None:
            return
        if counted.durations is not None:
            children.duration.add(counted.durations)
        if counted.dos:
            children.do.inc(counted.dos)
        for proto, spread in counted.query_sizes.items():
            of_proto[proto].request_size.add(spread)
        for proto, spread in counted.response_sizes.items():
            of_proto[proto].response_size.add(spread)
        for (rcode, plugin), count in counted.responses.items():
            self._response(children, place, rcode, plugin).inc(count)

    def _response(self, children: _Children, place: _Place, rcode: Rcode, plugin: str) -> Tally:
        response = children.responses.get((rcode, plugin))
        if response is None:
            labels = (*_labels(*place), rcode_text(rcode), plugin)
            response = self._tally(self._responses.labels(*labels))
            children.responses[rcode, plugin] = response
        return response

    def _children_of(self, server: str, zone: bytes | None, view: str, kind: _Kind) -> _Children:
        """Return the metrics of a query's labels; `zone` is None if no chain is asked."""
        key = (server, zone, view, kind)
        found = self._children.get(key)
        if found is None:
            proto, family, qtype = kind
            place = _labels(server, zone, view)
            found = self._children[key] = _Children(
                self._tally(self._requests.labels(*place, proto, str(family), qtype)),
                self._spread_tally(self._duration.labels(*place)),
                self._spread_tally(self._request_size.labels(*place, proto)),
                self._spread_tally(self._response_size.labels(*place, proto)),
                self._tally(self._do.labels(*place)),
                self._shared.setdefault(place, {}),
            )
        return found


def _labels(server: str, zone: bytes | None, view: str) -> tuple[str, str, str]:
    """Return the labels server, zone and view."""
    if zone is None:
        return server, DROPPED, ""
    return server, names.to_text(zone), view


def rcode_text(rcode: Rcode) -> str:
    """Return an RCODE's name, `RCODE` and its number for one without."""
    text = dns.rcode.to_text(dns.rcode.Rcode(rcode))
    return text if text.isalpha() else f"RCODE{rcode}"
