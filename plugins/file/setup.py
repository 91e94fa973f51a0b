# SPDX-License-Identifier: Apache-2.0
"""Set-up of `file`: one line for each zone file.

file DBFILE [ZONES...] {
    reload DURATION
    reload_by_mtime
    fallthrough [ZONES...]
}
"""

import logging
from dataclasses import dataclass
from functools import partial

from plugins.file.file import File, ServedZone
from plugins.file.source import Loaded, Shared, ZoneSource
from resolver.corefile.controller import Controller, Directive
from resolver.errors import ConfigurationError
from resolver.poller import Poller

DEFAULT_RELOAD_MS = 60_000
SHARED = "file/zones"  # the name of what was read, among the shared objects

_log = logging.getLogger("plugin/file")


@dataclass
class _Said:
    """What the lines in the braces say."""

    reload_ms: int = DEFAULT_RELOAD_MS
    by_mtime: bool = False
    fallthrough: tuple[bytes, ...] = ()


def setup(controller: Controller) -> None:
    """Add a File with all zones of the block, read.

    Raises ConfigurationError for what a line cannot say, and for a zone file with an error. A file
    that cannot be opened is a WARNING, unless it is never looked for again.
    """
    zones: dict[bytes, ServedZone] = {}
    file = File({}, controller.upstream, controller.server)
    pollers: list[Poller] = []
    for directive in controller.directives():
        if not directive.args:
            raise directive.wrong_arguments()
        said = _read_properties(directive)
        origins = controller.origins(directive, directive.args[1:])
        for origin in origins:
            zones[origin] = _zone(controller, directive, said, origin)
        again = partial(file.read_again, origins)
        pollers.append(Poller(controller.clock, said.reload_ms, again))
    file.zones.update(zones)
    controller.add_plugin(file)
    # Not before it is this configuration that answers: the one before would store old data again.
    controller.on_started(file.start)
    for poller in pollers:
        controller.on_startup(poller.start)
        controller.on_shutdown(poller.stop)


def _read_properties(directive: Directive) -> _Said:
    said = _Said()
    for line in directive.properties:
        match line.name:
            case "reload":
                if not line.args:
                    raise line.error("reload duration value is expected")
                said.reload_ms = line.duration_ms()
                if said.reload_ms < 0:
                    raise line.error(f"invalid negative duration for reload '{line.args[0]}'")
            case "reload_by_mtime":
                line.no_args()
                said.by_mtime = True
            case "fallthrough":
                said.fallthrough = line.zones(line.args or (".",))
            case "upstream":
                pass  # CoreDNS: of old, and without effect
            case _:
                raise line.unknown()
    return said


def _zone(controller: Controller, directive: Directive, said: _Said, origin: bytes) -> ServedZone:
    path = controller.path(directive.args[0])
    source = ZoneSource(path, origin, said.by_mtime, controller.shared(SHARED, Shared))
    before = source.last()
    try:
        loaded = source.read()
    except OSError as error:
        if said.reload_ms == 0:
            text = f"open {path}: {error.strerror or error} and reload disabled"
            raise directive.error(text) from error
        _log.warning('Failed to open "%s": trying again in %s', path, _shown(said.reload_ms))
        loaded = before or Loaded(None, None, {})
    except ConfigurationError as error:
        raise directive.error(str(error)) from error
    replaced = before if before is not loaded else None
    return ServedZone(source, loaded, said.fallthrough, replaced)


def _shown(interval_ms: int) -> str:
    """Return a duration as Go shows it, to the second."""
    minutes, seconds = divmod(interval_ms / 1000, 60)
    return f"{int(minutes)}m{seconds:g}s" if minutes else f"{seconds:g}s"
