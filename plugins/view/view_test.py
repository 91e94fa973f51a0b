# SPDX-License-Identifier: Apache-2.0
"""Which queries a view takes, alone and in a server with several."""

from collections.abc import Mapping

import pytest

from plugins.view.setup import setup
from plugins.view.view import View
from resolver.claims import NOTHING
from resolver.engine.plan import step_of
from resolver.metadata import Label, Labels
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.testing import (
    NextHandler,
    RecordingWriter,
    controller,
    request,
    response,
    serve,
    set_up,
)


@pytest.mark.parametrize(
    "filters, asked, takes",
    [
        pytest.param(
            ["incidr(client_ip(), '10.240.0.0/16')"], request("a. A"), True, id="the client"
        ),
        pytest.param(
            ["incidr(client_ip(), '10.240.0.0/16')"],
            request("a. A", client="10.241.0.1"),
            False,
            id="another client",
        ),
        pytest.param(["type() == 'AAAA'"], request("a. A"), False, id="another type"),
        pytest.param(["name() matches '^a[.]'"], request("A.b. A"), True, id="the name, folded"),
        pytest.param(["type() == 'A'", "do()"], request("a. A"), False, id="all must hold"),
        pytest.param(["1"], request("a. A"), False, id="no boolean"),
        pytest.param(["int(name()) == 1"], request("a. A"), False, id="no value"),
        pytest.param([], request("a. A"), True, id="no filter"),
    ],
)
def test_which_queries_a_view_takes(filters: list[str], asked: Request, takes: bool) -> None:
    """All expressions must be true; one without a value is not."""
    made = controller("view a {\n" + "".join(f' expr "{f}"\n' for f in filters) + "}")
    setup(made)
    assert made.block.admits is not None
    assert made.block.admits(asked) is takes


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "incidr(client_ip(), '::/0') && type() in ['A'] || name() == 'a.'", id="mixed"
        ),
        pytest.param("proto() == 'tcp'", id="transport"),
    ],
)
def test_plain_filters_claim_nothing(text: str) -> None:
    """They are data."""
    assert set_up(setup, f'view a {{\n expr "{text}"\n}}').claims() == NOTHING


def test_other_filters_claim_the_zones() -> None:
    """Only the chain can tell."""
    view = set_up(setup, "view a {\n expr bufsize() > 512\n}", zones=["example.org."])
    assert [claim.zones for claim in view.claims()] == [{b"\7example\3org\0"}]
    assert step_of(view) is None


def test_a_view_passes_everything_on() -> None:
    """It acts before the chain; in it, it only tells its name."""
    answer, writer = response("a. A", ["a. 60 IN A 192.0.2.1"]), RecordingWriter()
    view: View = set_up(setup, "view inside", NextHandler(answer))
    assert serve(view, writer, request("a. A")) == 0
    assert writer.responses == [answer]
    assert view.metadata(request("a. A"))["view/name"]() == "inside"


class Labelling(Plugin):
    """Puts one label on every query."""

    def metadata(self, request: Request) -> Mapping[str, Label]:
        """Return it."""
        return {"test/who": lambda: request.client.host}


class Collecting(Plugin):
    """What `metadata` is to views."""

    name = "metadata"

    def collected(self, request: Request) -> Labels:
        """Return the labels of one provider."""
        return Labels(Labelling().metadata(request))


@pytest.mark.parametrize("with_metadata", [True, False], ids=["collected", "no metadata"])
def test_a_filter_reads_labels(with_metadata: bool) -> None:
    """Labels are collected for it ahead of the chain, by the block's `metadata`."""
    made = controller("view a {\n expr metadata('test/who') == '10.240.0.1'\n}")
    setup(made)
    made.block.handlers.append(Labelling())
    if with_metadata:
        made.block.handlers.append(Collecting())
    assert made.block.admits is not None
    assert made.block.admits(request("a. A")) is with_metadata
