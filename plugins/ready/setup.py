# SPDX-License-Identifier: Apache-2.0
"""Set-up of `ready`: the page, and which plugins it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.ready.ready import Monitor, Report, Watched
from resolver.corefile.controller import Controller, Line
from resolver.http.pages import Page, listen_address

if TYPE_CHECKING:
    from starlette.applications import Starlette

DEFAULT_ADDRESS = ":8181"
WATCHED = "ready/watched"  # the key of what all blocks add to


def setup(controller: Controller) -> None:
    """Serve a page. Raises ConfigurationError for what cannot be read."""
    directive = controller.once()
    if len(directive.args) > 1:
        raise directive.wrong_arguments()
    where = directive.read(listen_address, *(directive.args or (DEFAULT_ADDRESS,)))
    monitor = Monitor.UNTIL_READY
    for prop in directive.properties:
        if prop.name != "monitor":
            raise prop.unknown()
        monitor = _monitor(prop)
    all_watched: list[Watched] = controller.shared(WATCHED, list)
    watched = Watched(controller.block, monitor)
    report = Report(all_watched)

    async def start() -> None:
        all_watched.append(watched)
        report.begin(controller.services.blocks)

    async def stop() -> None:
        if watched in all_watched:
            all_watched.remove(watched)

    def application() -> Starlette:
        from resolver.http.texts import text_application

        return text_application("/ready", report.answer)

    controller.on_startup(start)
    Page(controller, directive, where, application)
    controller.on_lameduck(report.end)
    controller.on_shutdown(stop)


def _monitor(prop: Line) -> Monitor:
    word = prop.only_arg()
    try:
        return Monitor(word)
    except ValueError:
        raise prop.error(
            f"monitor type '{word}' not supported: expect until-ready or continuously"
        ) from None
