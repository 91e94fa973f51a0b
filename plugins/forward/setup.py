# SPDX-License-Identifier: Apache-2.0
"""Set-up of `forward`: its lines become handlers, in the order of the file."""

from __future__ import annotations

import dataclasses
import logging
import random
import resource
from pathlib import Path

from plugins.forward.forward import Forward
from plugins.forward.group import Group
from plugins.forward.lookup import addresses_of
from plugins.forward.metrics import ForwardMetrics
from plugins.forward.ourselves import is_ourselves, local_addresses
from plugins.forward.properties import check, read_property
from plugins.forward.proxy import Proxy, Services
from plugins.forward.settings import MAX_UPSTREAMS, HostName, Settings, Target
from plugins.forward.slots import Slots
from plugins.forward.targets import is_file, targets_of
from plugins.forward.tls import context_of
from resolver import wire
from resolver.corefile.controller import Controller, Directive
from resolver.corefile.zones import zones_of
from resolver.errors import DomainNameError, ResolverError
from resolver.request import Endpoint

SLOTS = "forward/slots"  # the key of what all lines of the process share

_CLASSES = {wire.IN, wire.CH, 4, 255}  # HS and ANY; upstreams are asked for any class
_MAX_SLOTS = 4096

_log = logging.getLogger("plugin/forward")


def setup(controller: Controller) -> None:
    """Set up the `forward` lines of a block."""
    for directive in controller.directives():
        _Line(controller, directive).set_up()
    controller.block.recursion_available = True
    controller.block.qclasses |= _CLASSES


class _Line:
    """One `forward` line on its way to a handler."""

    def __init__(self, controller: Controller, directive: Directive) -> None:
        self._controller = controller
        self._directive = directive
        self._settings = _settings(controller, directive)
        self._upstreams = _upstreams(controller, directive, self._settings)
        if any(upstream.is_tls for upstream in self._upstreams) and self._settings.tls is None:
            tls = context_of(())
            self._settings = dataclasses.replace(self._settings, tls=tls)
        # IDs and ports have to be secrets: the system's generator, whatever else chance is
        chance = random.SystemRandom()
        metrics = ForwardMetrics(controller.metrics)
        self._services = Services(controller.clock, chance, metrics)
        self._group = Group(self._settings, controller.clock, metrics, controller.rng)

    def set_up(self) -> None:
        """Put the handler into the chain; names of hosts are looked up when it is proven."""
        controller = self._controller
        slots = controller.shared(SLOTS, lambda: Slots(_slots()))
        metrics = self._services.metrics
        handler = Forward(self._settings, self._group, controller.clock, metrics, slots)
        self._use([target for target in self._upstreams if isinstance(target, Target)])
        controller.add_plugin(handler)
        controller.on_prove(self._prove)
        controller.on_shutdown(handler.close)

    def _use(self, targets: list[Target]) -> None:
        self._group.proxies = tuple(
            Proxy(target, self._settings, self._services) for target in targets
        )

    async def _prove(self) -> None:
        """Look up names of hosts, and leave out upstreams that are this server block itself."""
        found: list[Target] = []
        services = self._services
        for upstream in self._upstreams:
            if isinstance(upstream, Target):
                found.append(upstream)
                continue
            try:
                found += await addresses_of(
                    upstream, self._settings, services.clock, services.chance
                )
            except ResolverError as error:
                raise self._directive.error(str(error)) from error
        local = local_addresses()
        kept = [t for t in found if not is_ourselves(t, self._controller.block, local)]
        if not kept:
            raise self._directive.error(
                f"all upstreams are this server itself: {' '.join(map(str, found))}"
            )
        source = Endpoint(self._settings.source, 0).family if self._settings.source else None
        for target in found:
            if target not in kept:
                where = self._directive.where
                _log.warning("upstream is this server itself, left out: %s at=%s", target, where)
            elif source is not None and source != target.to.family:
                _log.warning("source_address is of another family than upstream: %s", target)
        self._use(kept)


def _settings(controller: Controller, directive: Directive) -> Settings:
    if not directive.args:
        raise directive.wrong_arguments()
    origin, *_ = directive.args
    try:
        zones = tuple(zones_of(origin))
    except DomainNameError:
        raise directive.error(f"unable to normalize '{origin}'") from None
    if len(directive.args) < 2:
        raise directive.wrong_arguments()
    settings = Settings(zones)
    for line in directive.properties:
        settings = read_property(controller, line, settings)
    check(settings, directive)
    return settings


def _upstreams(
    controller: Controller, directive: Directive, settings: Settings
) -> list[Target | HostName]:
    """Return what the TO words stand for, in their order."""
    found: list[Target | HostName] = []
    for text in directive.args[1:]:
        upstreams = directive.read(targets_of, text)
        if "://" not in text and is_file(text):
            controller.depends_on(Path(text))
        found += upstreams
    if not found:
        raise directive.error("no valid upstream addresses found")
    if len(found) > MAX_UPSTREAMS:
        raise directive.error(f"more than {MAX_UPSTREAMS} TOs configured: {len(found)}")
    return [_with_server_name(directive, upstream, settings) for upstream in found]


def _with_server_name(
    directive: Directive, upstream: Target | HostName, settings: Settings
) -> Target | HostName:
    ours = settings.server_name
    if not ours or not upstream.is_tls:
        return upstream
    if isinstance(upstream, Target) and upstream.server_name:
        raise directive.error(
            f"both forward ('{ours}') and proxy level ('{upstream.server_name}') TLS servernames "
            f"are set for upstream proxy '{upstream}'"
        )
    return dataclasses.replace(upstream, server_name=ours)


def _slots() -> int:
    """Return how many sockets may be in use for questions: a quarter of what may be open."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MAX_SLOTS if limit == resource.RLIM_INFINITY else min(_MAX_SLOTS, max(16, limit // 4))
