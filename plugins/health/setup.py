# SPDX-License-Identifier: Apache-2.0
"""Set-up of `health`: the page, the probe that asks it, and the lameduck time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.health.health import Lameduck, healthy
from plugins.health.probe import Probe, ProbeMetrics
from resolver.corefile.controller import Controller, Line
from resolver.corefile.values import duration_ms
from resolver.http.pages import Page, listen_address
from resolver.request import Endpoint

if TYPE_CHECKING:
    from starlette.applications import Starlette

DEFAULT_ADDRESS = ":8080"
WILDCARDS = {"::": "127.0.0.1", "0.0.0.0": "127.0.0.1"}


def setup(controller: Controller) -> None:
    """Serve a page. Raises ConfigurationError for what cannot be read."""
    directive = controller.once()
    if len(directive.args) > 1:
        raise directive.wrong_arguments()
    where = directive.read(listen_address, *(directive.args or (DEFAULT_ADDRESS,)))
    lameduck = Lameduck(0, "0s", controller.clock)
    for prop in directive.properties:
        if prop.name != "lameduck":
            raise prop.unknown()
        lameduck = _lameduck(controller, prop)
    page = Page(controller, directive, where, _application)

    def ours() -> Endpoint:
        assert page.place is not None, "it is asked while it serves"
        host, port = page.place.endpoint
        return Endpoint(WILDCARDS.get(host, host), port)

    probe = Probe(ours, controller.clock, controller.metrics.once(ProbeMetrics))
    controller.on_started(probe.start)
    controller.on_lameduck(lameduck.wait)
    controller.on_shutdown(probe.stop)


def _lameduck(controller: Controller, prop: Line) -> Lameduck:
    word = prop.only_arg()
    try:
        delay_ms = duration_ms(word)
    except ValueError as error:
        text = f"unable to parse lameduck duration value: '{word}' : {error}"
        raise prop.error(text) from None
    return Lameduck(delay_ms, word, controller.clock)


def _application() -> Starlette:
    from resolver.http.texts import text_application

    return text_application("/health", healthy)
