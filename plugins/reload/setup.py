# SPDX-License-Identifier: Apache-2.0
"""Set-up of `reload`. It is for the whole process: of several blocks' the last one counts."""

from plugins.reload.reload import Watch
from resolver.corefile.controller import Controller, Directive
from resolver.reloading import RELOADER, Reloader

DEFAULT_INTERVAL_MS = 30_000
DEFAULT_JITTER_MS = 15_000
MIN_INTERVAL_MS = 2_000
MIN_JITTER_MS = 1_000


def setup(controller: Controller) -> None:
    """Watch the Corefile. Raises ConfigurationError for times that are too short."""
    directive = controller.once()
    for prop in directive.properties:
        raise prop.unknown()
    interval_ms, jitter_ms = read_times(directive)
    watches: list[Watch] = []

    async def start() -> None:
        reloader: Reloader | None = controller.services.shared.get(RELOADER)
        if reloader is not None and _is_last(controller):
            watches.append(
                Watch(reloader, interval_ms, jitter_ms, controller.clock, controller.rng)
            )
            await watches[0].start()

    async def stop() -> None:
        for watch in watches:
            await watch.stop()

    controller.on_started(start)
    controller.on_shutdown(stop)


def read_times(directive: Directive) -> tuple[int, int]:
    """Return the interval and the jitter, which is at most half of it, in milliseconds."""
    if len(directive.args) > 2:
        raise directive.wrong_arguments()
    times = [directive.duration_ms(word) for word in directive.args]
    interval_ms, jitter_ms = (*times, *(DEFAULT_INTERVAL_MS, DEFAULT_JITTER_MS)[len(times) :])
    if interval_ms < MIN_INTERVAL_MS:
        raise directive.error("interval value must be greater or equal to 2s")
    if jitter_ms < MIN_JITTER_MS and jitter_ms != 0:
        raise directive.error("jitter value must be 0 or greater or equal to 1s")
    return interval_ms, min(jitter_ms, interval_ms // 2)


def _is_last(controller: Controller) -> bool:
    blocks = [block for block in controller.services.blocks if "reload" in block.directives]
    return not blocks or blocks[-1] is controller.block
