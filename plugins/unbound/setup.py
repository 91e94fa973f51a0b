# SPDX-License-Identifier: Apache-2.0
"""Set-up of `unbound`: the directive, and the hooks that prove it, start libunbound and end it."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from plugins.unbound.libunbound import Libunbound
from plugins.unbound.metrics import UnboundMetrics
from plugins.unbound.policy import Policy
from plugins.unbound.proof import prove
from plugins.unbound.unbound import Unbound
from resolver.block import Block
from resolver.corefile.controller import Controller, Directive, Line
from resolver.recursion import tracking
from resolver.recursion.companions import FLIGHTS
from resolver.recursion.settings import (
    AnchorSource,
    File,
    Option,
    RecursionSettings,
    Servers,
    Where,
    Zone,
)
from resolver.recursion.tracking import TrackedAnchors

LIBUNBOUND = "unbound/libunbound"  # the key of what all blocks share

_log = logging.getLogger("plugin/unbound")


def setup(controller: Controller) -> None:
    """Set up one `unbound` directive."""
    directive = controller.once()
    policy, settings = _read(controller, directive)
    metrics = UnboundMetrics(controller.metrics)
    native = controller.services.shared.get(FLIGHTS)
    libunbound = controller.shared(LIBUNBOUND, lambda: Libunbound(controller.clock, native=native))
    metrics.in_flight.set_function(lambda: libunbound.in_flight)
    handler = Unbound(policy, settings, controller.clock, metrics)
    for file in (*settings.config, *settings.root_hints, settings.trust_anchor_file):
        if file is not None:
            controller.depends_on(file.path)
    controller.require("acl")
    controller.block.recursion_available = True
    controller.add_plugin(handler)
    _add_hooks(controller, handler, libunbound)


def _add_hooks(controller: Controller, handler: Unbound, libunbound: Libunbound) -> None:
    async def prove_all() -> None:
        """Prove the directives of all blocks, for the first of them."""
        blocks = [(b, b.handler(Unbound.name)) for b in controller.services.blocks]
        all_of_them = [(b, h) for b, h in blocks if isinstance(h, Unbound)]
        all_of_them = all_of_them or [(controller.block, handler)]
        if all_of_them[0][1] is handler:
            await _prove(controller, all_of_them, libunbound)

    async def start() -> None:
        if handler.proven is None:
            await prove_all()
        assert handler.proven is not None
        handler.flights = libunbound.start(handler.proven)

    async def stop() -> None:
        if handler.flights is not None and handler.proven is not None:
            handler.flights = None
            await libunbound.stop(handler.proven.upstream)

    controller.on_prove(prove_all)
    controller.on_startup(start)
    controller.on_shutdown(stop)


async def _prove(
    controller: Controller, blocks: Sequence[tuple[Block, Unbound]], libunbound: Libunbound
) -> None:
    def track() -> TrackedAnchors | None:
        home = Path(os.environ.get("HOME", "/"))
        return tracking.track(os.environ, home, os.geteuid(), controller.clock.wall_s())

    settings = [handler.settings for _, handler in blocks]
    proven, libunbound.known = await prove(settings, track, libunbound.known)
    for (block, handler), each in zip(blocks, proven, strict=True):
        handler.proven = each
        block.depends_on.extend(path for path in each.files if path not in block.depends_on)
        for warning in each.warnings:
            _log.warning("%s", warning)


def _read(controller: Controller, directive: Directive) -> tuple[Policy, RecursionSettings]:
    """Return what a directive says: what is ours to decide, and what is libunbound's."""
    excepted: list[bytes] = []
    options: list[Option] = []
    config: list[File] = []
    hints: list[File] = []
    insecure: list[Zone] = []
    stubs: list[Servers] = []
    forwards: list[Servers] = []
    anchors: tuple[AnchorSource, File | None] | None = None
    snoop: bool | None = None
    for prop in directive.properties:
        match prop.name:
            case "except":
                excepted += prop.zones(_some(prop))
            case "option":
                name, *words = _some(prop, 2)
                options.append(Option(name, " ".join(words), _where(prop)))
            case "config":
                config.append(_file(controller, prop))
            case "root_hints":
                hints.append(_file(controller, prop))
            case "insecure":
                insecure += (Zone(zone, _where(prop)) for zone in prop.zones(_some(prop)))
            case "stub":
                stubs += _servers(prop)
            case "forward":
                forwards += _servers(prop)
            case "trust_anchor":
                if anchors is not None:
                    raise prop.error("trust_anchor is given twice")
                anchors = _anchors(controller, prop)
            case "snoop":
                if snoop is not None:
                    raise prop.error("snoop is given twice")
                snoop = _on_off(prop)
            case _:
                raise prop.unknown()
    source, file = anchors or (AnchorSource.AUTO, None)
    settings = RecursionSettings(
        _where(directive),
        tuple(options),
        tuple(config),
        source,
        file,
        tuple(hints),
        tuple(insecure),
        tuple(stubs),
        tuple(forwards),
    )
    zones = frozenset(controller.origins(directive, directive.args))
    return Policy(zones, frozenset(excepted), bool(snoop)), settings


def _where(line: Line) -> Where:
    return Where(line.token.file, line.token.line)


def _some(line: Line, at_least: int = 1) -> tuple[str, ...]:
    if len(line.args) < at_least:
        raise line.wrong_arguments()
    return line.args


def _file(controller: Controller, line: Line) -> File:
    return File(controller.path(line.only_arg()).absolute(), _where(line))


def _servers(line: Line) -> list[Servers]:
    zone, *words = _some(line, 2)
    addresses = tuple(line.address(word) for word in words)
    return [Servers(name, addresses, _where(line)) for name in line.zones([zone])]


def _anchors(controller: Controller, line: Line) -> tuple[AnchorSource, File | None]:
    match line.only_arg():
        case "auto":
            return AnchorSource.AUTO, None
        case "off":
            return AnchorSource.OFF, None
        case _:
            return AnchorSource.FILE, _file(controller, line)


def _on_off(line: Line) -> bool:
    match line.only_arg():
        case "on":
            return True
        case "off":
            return False
        case word:
            raise line.error(f"{line.name} is on or off, not '{word}'")
