# SPDX-License-Identifier: Apache-2.0
"""What `metadata` puts on queries."""

from collections.abc import Mapping

import pytest

from plugins.metadata.setup import setup
from resolver.metadata import Label, set_label
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.testing import NextHandler, RecordingWriter, controller, request, serve
from resolver.types import Rcode, ResponseWriter


class Naming(Plugin):
    """Gives labels."""

    def __init__(self, name: str, *labels: str) -> None:
        self.name = name
        self.asked = 0
        self._labels = labels

    def metadata(self, request: Request) -> Mapping[str, Label]:
        self.asked += 1
        return {label: lambda: f"{self.name} {request.name}" for label in self._labels}


class Late(Plugin):
    """Learns something while the query is answered."""

    name = "late"

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        rcode = await self.call_next(writer, request)
        set_label(request, "late/rcode", lambda: str(rcode))
        return rcode


def served(text: str, *behind: Plugin, question: str = "www.example.org. A") -> dict[str, str]:
    """Return the labels of a query once its chain has run."""
    made = controller(text)
    setup(made)
    end = NextHandler()
    handlers = [*made.block.handlers, *behind, end]
    made.block.handlers[:] = handlers
    for handler, following in zip(handlers, handlers[1:], strict=False):
        assert isinstance(handler, Plugin)
        handler.next_handler = following
    assert serve(handlers[0], RecordingWriter(), request(question)) == 0
    (seen,) = end.requests
    return {label: value() for label, value in seen.labels.items()}


def test_labels_of_all_providers() -> None:
    """A handler with a method `metadata` gives labels; the others are not asked."""
    got = served("metadata", Naming("view", "view/name"), Late(), Naming("geo", "geo/a", "geo/b"))
    assert got == {
        "view/name": "view www.example.org.",
        "geo/a": "geo www.example.org.",
        "geo/b": "geo www.example.org.",
        "late/rcode": "0",
    }


@pytest.mark.parametrize(
    "text, asked",
    [
        pytest.param("metadata example.org", 1, id="below its zone"),
        pytest.param("metadata example.net", 0, id="elsewhere"),
        pytest.param("metadata example.net org", 1, id="one of two zones"),
    ],
)
def test_only_names_in_its_zones(text: str, asked: int) -> None:
    """Elsewhere nobody is asked, and nothing can be set later."""
    provider = Naming("view", "view/name")
    got = served(text, provider, Late())
    assert provider.asked == asked
    assert bool(got) is bool(asked)


def test_a_label_that_is_none_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """Its plugin is named in the log; the query is answered all the same."""
    assert served("metadata", Naming("odd", "odd", "odd/b")) == {"odd/b": "odd www.example.org."}
    assert caplog.messages == ["label is not PLUGIN/NAME label='odd' plugin=odd"]


def test_a_value_that_nobody_reads_is_not_made() -> None:
    """What is collected are functions."""

    class Costly(Plugin):
        name = "costly"

        def metadata(self, request: Request) -> Mapping[str, Label]:
            return {"costly/value": lambda: pytest.fail("nobody asked for it")}

    made = controller("metadata")
    setup(made)
    end = NextHandler()
    made.block.handlers.append(Costly())
    handler = made.block.handlers[0]
    assert isinstance(handler, Plugin)
    handler.next_handler = end
    serve(handler, RecordingWriter(), request("example.org. A"))
    assert set(end.requests[0].labels) == {"costly/value"}
