# SPDX-License-Identifier: Apache-2.0
"""How queries are counted."""

import asyncio

import pytest

from plugins.prometheus.setup import setup
from resolver.corefile.controller import Services
from resolver.errors import ResolverError
from resolver.request import Edns, Endpoint, Request, Transport
from resolver.response import Response
from resolver.testing import (
    FixedClock,
    LeavingHandler,
    NextHandler,
    PlacedWriter,
    RecordingWriter,
    request,
    response,
    run,
    serve,
    services,
    set_up,
)

PLACE = {"server": "dns://:53", "zone": ".", "view": ""}
GOOD = response("www.example.org. A", ["www.example.org. 60 IN A 192.0.2.1"], plugin="hosts")


def counted(
    end: NextHandler, asked: Request | None = None, expected: type[Exception] | None = None
) -> Services:
    """Return the services after one query."""
    given = services()
    handler = set_up(setup, "prometheus", end, given=given)
    asked = asked or request("www.example.org. A")
    if expected is None:
        serve(handler, RecordingWriter(), asked)
    else:
        with pytest.raises(expected):
            serve(handler, RecordingWriter(), asked)
    return given


def value(given: Services, name: str, **labels: str) -> float:
    return given.metrics.value(name, **{**PLACE, **labels})


def responses(given: Services) -> dict[tuple[str, str], float]:
    """Return the counts of responses by RCODE and plugin."""
    given.metrics.refresh()
    family = next(
        metric
        for metric in given.metrics.registry.collect()
        if metric.name == "coredns_dns_responses"
    )
    return {
        (sample.labels["rcode"], sample.labels["plugin"]): sample.value
        for sample in family.samples
        if sample.name.endswith("_total")
    }


@pytest.mark.parametrize(
    "end, raised, expected",
    [
        pytest.param(NextHandler(GOOD), None, {("NOERROR", "hosts"): 1}, id="an answer"),
        pytest.param(
            NextHandler(response("www.example.org. A", rcode="NXDOMAIN", plugin="unbound")),
            None,
            {("NXDOMAIN", "unbound"): 1},
            id="no such name",
        ),
        pytest.param(
            NextHandler(response("www.example.org. A").replace(rcode=3841)),
            None,
            {("RCODE3841", ""): 1},
            id="an RCODE without a name, of nobody",
        ),
        pytest.param(NextHandler(rcode=5), None, {("REFUSED", ""): 1}, id="left to the server"),
        pytest.param(NextHandler(), None, {}, id="dropped on purpose: no response"),
        pytest.param(
            NextHandler(error=ResolverError("x")), ResolverError, {("SERVFAIL", ""): 1}, id="error"
        ),
        pytest.param(
            NextHandler(error=ZeroDivisionError()),
            ZeroDivisionError,
            {("SERVFAIL", ""): 1},
            id="panic",
        ),
    ],
)
def test_every_query_counts_once(
    end: NextHandler,
    raised: type[Exception] | None,
    expected: dict[tuple[str, str], float],
) -> None:
    """Whatever becomes of it; the plugin is the one that answered."""
    given = counted(end, expected=raised)
    labels = {"proto": "udp", "family": "1", "type": "A"}
    assert value(given, "coredns_dns_requests_total", **labels) == 1
    assert value(given, "coredns_dns_request_duration_seconds_count") == 1
    assert responses(given) == expected
    sizes = value(given, "coredns_dns_response_size_bytes_count", proto="udp")
    assert sizes == sum(expected.values())


@pytest.mark.parametrize(
    "question, label",
    [
        pytest.param("a.example. AAAA", "AAAA", id="AAAA"),
        pytest.param("a.example. HTTPS", "HTTPS", id="HTTPS"),
        pytest.param("a.example. SVCB", "SVCB", id="SVCB"),
        pytest.param("a.example. NSEC3", "NSEC3", id="NSEC3"),
        pytest.param("a.example. ANY", "ANY", id="ANY"),
        pytest.param("a.example. CAA", "other", id="a type that is not told apart"),
        pytest.param("a.example. TYPE65280", "other", id="a type without a name"),
    ],
)
def test_types(question: str, label: str) -> None:
    """A client cannot make more than twenty series of them."""
    given = counted(NextHandler(rcode=2), request(question))
    assert value(given, "coredns_dns_requests_total", proto="udp", family="1", type=label) == 1


@pytest.mark.parametrize(
    "client, transport, proto, family",
    [
        pytest.param("192.0.2.1", Transport.DO53_TCP, "tcp", "1", id="TCP over IPv4"),
        pytest.param("2001:db8::1", Transport.DO53_UDP, "udp", "2", id="UDP over IPv6"),
        pytest.param("2001:db8::1", Transport.DOH, "tcp", "2", id="DoH"),
        pytest.param("192.0.2.1", Transport.DOQ, "udp", "1", id="DoQ"),
    ],
)
def test_proto_and_family(client: str, transport: Transport, proto: str, family: str) -> None:
    """udp or tcp; 1 for IPv4, 2 for IPv6."""
    asked = request("a.example. A", client=Endpoint(client, 5), transport=transport)
    given = counted(NextHandler(rcode=2), asked)
    labels = {"proto": proto, "family": family, "type": "A"}
    assert value(given, "coredns_dns_requests_total", **labels) == 1


def test_sizes_are_octets_on_the_wire() -> None:
    """Of the query as it came in, and of the response; without one, of a bare header's."""
    asked = request("www.example.org. A", edns=Edns())
    given = counted(NextHandler(GOOD), asked)
    assert value(given, "coredns_dns_request_size_bytes_sum", proto="udp") == len(asked.wire)
    assert value(given, "coredns_dns_response_size_bytes_sum", proto="udp") == len(GOOD.wire)
    given = counted(NextHandler(rcode=5))
    assert value(given, "coredns_dns_response_size_bytes_sum", proto="udp") == 12 + 17 + 4


@pytest.mark.parametrize("do", [True, False])
def test_the_do_bit(do: bool) -> None:
    """RFC 3225."""
    given = counted(NextHandler(GOOD), request("www.example.org. A", do=do))
    assert value(given, "coredns_dns_do_requests_total") == int(do)


def test_server_zone_and_view_are_the_request_s() -> None:
    """Where it came in, and which block it belongs to."""
    asked = request(
        "www.example.org. A", server="dns://:5353", zone=b"\7example\3org\0", view="inside"
    )
    given = counted(NextHandler(GOOD), asked)
    place = {"server": "dns://:5353", "zone": "example.org.", "view": "inside"}
    assert value(given, "coredns_dns_responses_total", **place, rcode="NOERROR", plugin="hosts")


class Waiting:
    """A query whose chain waits until it is told to go on."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.given = services(self.clock)
        self.gate = asyncio.Event()
        self.writer = RecordingWriter()
        self.end = NextHandler(GOOD, gate=self.gate)
        self.handler = set_up(setup, "prometheus", self.end, given=self.given)

    async def ask(self, *, stale: Response | None = None) -> None:
        """Pass the deadline after 4 s, and have the chain answer 6 s later."""
        if stale is not None:
            self.handler.next_handler = Stale(stale, self.end)
        task = asyncio.create_task(
            self.handler.serve_dns(self.writer, request("www.example.org. A"))
        )
        await asyncio.sleep(0)
        self.clock.advance(4000)
        self.writer.pass_deadline()
        self.clock.advance(6000)
        self.gate.set()
        await task


class Stale:
    """Leaves a response for the deadline, as `cache` does."""

    name = "stale"

    def __init__(self, response: Response, end: NextHandler) -> None:
        self._response = response
        self._end = end

    async def serve_dns(self, writer: RecordingWriter, request: Request) -> int:
        writer.at_deadline(lambda: writer.write(self._response))
        return await self._end.serve_dns(writer, request)


@pytest.mark.parametrize(
    "stale, expected",
    [
        pytest.param(None, {("SERVFAIL", ""): 1}, id="the server's SERVFAIL"),
        pytest.param(GOOD.replace(plugin="cache"), {("NOERROR", "cache"): 1}, id="stale data"),
    ],
)
def test_what_the_client_got_at_the_deadline_counts(
    stale: Response | None, expected: dict[tuple[str, str], float]
) -> None:
    """Not what the chain found out afterwards; the time is the client's as well."""
    waiting = Waiting()
    run(waiting.ask(stale=stale))
    assert responses(waiting.given) == expected
    assert value(waiting.given, "coredns_dns_request_duration_seconds_sum") == 4.0


def test_it_claims_nothing() -> None:
    """It only observes."""
    assert set_up(setup, "prometheus").claims() == ()


@pytest.mark.parametrize(
    "writer, expected",
    [
        pytest.param(PlacedWriter(), {}, id="the engine answers"),
        pytest.param(RecordingWriter(), {("NOERROR", "hosts"): 1}, id="the chain answers"),
    ],
)
def test_what_the_engine_answers_it_counts(
    writer: RecordingWriter, expected: dict[tuple[str, str], float]
) -> None:
    """It tells of such queries by `observe_counts`: they are not counted twice."""
    given = services()
    handler = set_up(setup, "prometheus", LeavingHandler(GOOD), given=given)
    assert serve(handler, writer, request("www.example.org. A")) == 0
    assert responses(given) == expected
