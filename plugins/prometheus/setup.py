# SPDX-License-Identifier: Apache-2.0
"""Set-up of `prometheus`: the directive, and the listener that comes and goes with the server."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector

from plugins.prometheus.counts import Counts, EnabledPlugin
from plugins.prometheus.prometheus import Prometheus
from resolver import names
from resolver.block import Block
from resolver.corefile.controller import Controller, Directive
from resolver.http.listeners import HTTP_LISTENERS, HttpListeners, Place
from resolver.http.pages import listen_address
from resolver.metrics import Metrics
from resolver.request import Endpoint
from resolver.transport.sockets import ListenError

if TYPE_CHECKING:
    from starlette.applications import Starlette

DEFAULT_ADDRESS = "localhost:9153"
TURNS = "prometheus/turns"  # the key of the lock that all pages share

_log = logging.getLogger("plugin/prometheus")


def setup(controller: Controller) -> None:
    """Add a Prometheus and its listener. Raises ConfigurationError for what cannot be read."""
    directive = controller.once()
    if len(directive.args) > 1:
        raise directive.wrong_arguments()
    where = directive.read(listen_address, *(directive.args or (DEFAULT_ADDRESS,)))
    tls: ssl.SSLContext | None = None
    tls_name = ""
    for prop in directive.properties:
        match prop.name:
            case "runtime_metrics":
                prop.no_args()
                controller.metrics.once(_collect_runtime)
            case "tls":
                from plugins.prometheus.web_config import read_web_config

                tls_name = str(controller.path(prop.only_arg()))
                tls = prop.read(read_web_config, tls_name)
            case _:
                raise prop.unknown()
    controller.metrics.once(_collect_process)
    counts = controller.metrics.once(Counts)
    if counts.rejected not in controller.services.rejected:
        controller.services.rejected.append(counts.rejected)
    controller.add_plugin(Prometheus(counts, controller.clock))
    _add_hooks(controller, directive, counts, where, (tls, tls_name))


def _add_hooks(
    controller: Controller,
    directive: Directive,
    counts: Counts,
    where: Endpoint,
    tls: tuple[ssl.SSLContext | None, str],
) -> None:
    listeners = controller.shared(HTTP_LISTENERS, HttpListeners)
    turns = controller.shared(TURNS, asyncio.Lock)
    places: list[Place] = []

    enabled: list[EnabledPlugin] = []

    async def listen() -> None:
        for plugin in _enabled(controller.block):
            enabled.append(plugin)
            counts.enable(plugin)
        try:
            places.append(listeners.join(where, Prometheus.name, *tls))
        except ListenError as error:
            text = f"{directive.where} - plugin/prometheus: {error}"
            raise ListenError(text, error.errno) from error

    async def serve() -> None:
        def make() -> Starlette:
            from plugins.prometheus.page import Page, application

            return application(Page(controller.metrics, turns))

        for place in places:
            if await place.start(make):
                _log.info("listening address=%s", place.endpoint)

    async def leave() -> None:
        for plugin in enabled:
            counts.disable(plugin)
        for place in places:
            await place.leave()

    controller.on_startup(listen)
    controller.on_started(serve)
    controller.on_shutdown(leave)


def _enabled(block: Block) -> Iterator[EnabledPlugin]:
    """Yield what is to be told of the chain of a block."""
    for key in block.keys:
        for host in block.listen or ("",):
            shown = f"[{host}]" if ":" in host else host
            server, zone = f"{key.scheme}://{shown}:{key.port}", names.to_text(key.zone)
            for handler in block.handlers:
                yield EnabledPlugin(server, zone, block.view, handler.name)


def _collect_process(metrics: Metrics) -> object:
    return ProcessCollector(registry=metrics.registry)


def _collect_runtime(metrics: Metrics) -> object:
    return GCCollector(metrics.registry), PlatformCollector(metrics.registry)
