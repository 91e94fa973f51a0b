# SPDX-License-Identifier: Apache-2.0
"""The test kit holds what it promises, and with it the seams: writer, claims, clock, controller."""

import pytest

from resolver import names, wire
from resolver.claims import EVERYTHING, NOTHING, Claim, is_claimed
from resolver.corefile.controller import Controller
from resolver.errors import ConfigurationError, ResolverError
from resolver.plugin import Plugin
from resolver.request import Edns, Transport
from resolver.testing import (
    Case,
    FixedClock,
    NextHandler,
    RecordingWriter,
    controller,
    request,
    response,
    run,
    serve,
)
from resolver.writer import WriterWrapper

ANSWER = response("example.org. A", ["example.org. 60 IN A 192.0.2.1"])


def test_a_fixed_clock_runs_its_timers_in_their_order() -> None:
    """Time moves by `advance` only; a cancelled timer is never called."""
    clock, seen = FixedClock(now_ms=0), list[str]()
    clock.call_later(20, lambda: seen.append(f"late {clock.now_ms()}"))
    clock.call_later(10, lambda: seen.append(f"early {clock.now_ms()}"))
    clock.call_later(15, lambda: seen.append("never")).cancel()
    clock.advance(5)
    assert seen == []
    clock.advance(100)
    assert seen == ["early 10", "late 20"] and clock.now_ms() == 105


def test_a_wrapped_writer_alters_what_comes_back() -> None:
    """A wrapper is one class with one `write`; the rest passes through it."""

    class Marking(WriterWrapper):
        def write(self, response: object) -> None:
            super().write(ANSWER.replace(plugin="marked"))

    writer = RecordingWriter()
    wrapped = Marking(writer)
    wrapped.at_deadline(lambda: wrapped.write(ANSWER))
    writer.pass_deadline()
    assert writer.response.plugin == "marked"
    assert (wrapped.client, wrapped.local, wrapped.transport) == (
        writer.client,
        writer.local,
        Transport.DO53_UDP,
    )


def test_a_plugin_passes_on_and_the_last_one_says_that_it_is() -> None:
    """`call_next` is the chain."""
    plugin, writer = Plugin(), RecordingWriter()
    with pytest.raises(ResolverError, match="plugin/plugin: no next plugin found"):
        serve(plugin, writer, request("example.org. A"))
    plugin.next_handler = NextHandler(ANSWER)
    assert serve(plugin, writer, request("example.org. A")) == 0
    Case("example.org. A", ["example.org. 60 IN A 192.0.2.1"]).check(writer.response)


@pytest.mark.parametrize(
    "claims, claimed",
    [
        pytest.param(EVERYTHING, True, id="everything"),
        pytest.param(NOTHING, False, id="nothing"),
        pytest.param((Claim(qtypes={1}),), True, id="the type"),
        pytest.param((Claim(qtypes=set()),), False, id="an empty set matches nothing"),
        pytest.param((Claim(zones={b"\3org\0"}, qtypes={28}),), False, id="all fields must hold"),
        pytest.param((Claim(qtypes={28}), Claim(zones={b"\3org\0"})), True, id="any claim"),
        pytest.param((Claim(names={b"\3org\0"}),), False, id="names are exact"),
        pytest.param((Claim(edns_options={3}),), True, id="an EDNS option"),
        pytest.param((Claim(edns_options={10}),), False, id="another EDNS option"),
        pytest.param((Claim(transports={Transport.DOT}),), False, id="another transport"),
        pytest.param((Claim(qclasses={3}),), False, id="another class"),
        pytest.param((Claim(first_labels={b"example"}),), True, id="the first label"),
        pytest.param((Claim(first_labels={b"org"}),), False, id="another label"),
    ],
)
def test_claims(claims: tuple[Claim, ...], claimed: bool) -> None:
    """Within one claim all fields must hold, between claims any."""
    query = request("example.org. A", edns=Edns(options=((3, b""),)))
    assert is_claimed(claims, query) is claimed


def test_a_request_is_what_the_client_sent() -> None:
    """Case is kept beside the folded name; `message()` is a copy of one's own."""
    query = request("Example.ORG. A", do=True)
    assert query.qname == names.from_text("example.org") and query.name == "example.org."
    assert query.qname_sent == b"\7Example\3ORG\0"
    assert query.message() is not query.message()
    assert query.message().question[0].name.to_text() == "Example.ORG."
    other = query.replace(qname=names.from_text("b.example"))
    assert other.qname_sent == other.qname and other.wire == query.wire


def test_a_controller_reads_lines_and_their_properties() -> None:
    """Arguments, properties, and several lines of one directive."""
    made = controller('cache 30 "example org" {\n success 10\n keepttl\n}\ncache 40')
    first, second = made.directives()
    assert first.args == ("30", "example org") and second.args == ("40",)
    assert [(p.name, p.args) for p in first.properties] == [("success", ("10",)), ("keepttl", ())]
    assert (first.where, first.properties[1].where, second.where) == (
        "Corefile:1",
        "Corefile:3",
        "Corefile:5",
    )


@pytest.mark.parametrize(
    "text, use, says",
    [
        pytest.param(
            "cache {\n foo\n}",
            lambda c: (_ for _ in ()).throw(c.once().properties[0].unknown()),
            "Corefile:2 - Error during parsing: plugin/cache: unknown property 'foo'",
            id="an unknown property",
        ),
        pytest.param(
            "cache 1\ncache 2",
            lambda c: c.once(),
            "Corefile:2 - Error during parsing: plugin/cache: "
            "this plugin can only be used once per Server Block",
            id="twice in a block",
        ),
        pytest.param(
            "reload 5 6",
            lambda c: c.once().only_arg(),
            "Corefile:1 - Error during parsing: plugin/reload: "
            "Wrong argument count or unexpected line ending after '6'",
            id="an argument too many",
        ),
        pytest.param(
            "reload soon",
            lambda c: c.once().duration_ms(),
            'Corefile:1 - Error during parsing: plugin/reload: time: invalid duration "soon"',
            id="no duration",
        ),
        pytest.param(
            "stub 192.0.2.300",
            lambda c: c.once().address("192.0.2.300"),
            "Corefile:1 - Error during parsing: plugin/stub: not an address: '192.0.2.300'",
            id="no address",
        ),
    ],
)
def test_errors_name_file_line_and_plugin(text: str, use: object, says: str) -> None:
    """An operator finds the place without looking for it."""
    made: Controller = controller(text)
    assert callable(use)
    with pytest.raises(ConfigurationError) as caught:
        use(made)
    assert str(caught.value) == says


def test_shared_objects_and_partitions() -> None:
    """What blocks have in common is made once; a partition follows the words below `cache`."""
    made = controller("cache 30")
    first: object = made.shared("x", list)
    second: object = made.shared("x", dict)
    assert first is second
    assert made.block.partition() == controller("cache 30").block.partition()
    assert made.block.partition() != controller("cache 31").block.partition()
    assert made.block.partition() != controller("cache 30", zones=["org"]).block.partition()
    assert len(made.block.partition()) == 16


def test_deadline_callbacks_run_latest_first_until_one_writes() -> None:
    """`cache`, nearer to the client's end than nothing, leaves stale data this way."""
    writer, seen = RecordingWriter(), list[str]()
    writer.at_deadline(lambda: seen.append("first"))

    def write() -> None:
        seen.append("second")
        writer.write(ANSWER)

    writer.at_deadline(write)
    writer.at_deadline(lambda: seen.append("third"))
    writer.pass_deadline()
    assert seen == ["third", "second"] and writer.response.flags & wire.QR


def test_run_returns_the_result() -> None:
    """A loop of its own for each test."""

    async def answer() -> int:
        return 42

    assert run(answer()) == 42
