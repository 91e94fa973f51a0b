# SPDX-License-Identifier: Apache-2.0
"""Set-up of `local`."""

from plugins.local.guard import post_guard
from plugins.local.local import Local
from plugins.local.zones import special_zones
from resolver.corefile.controller import Controller, Line


def setup(controller: Controller) -> None:
    """Add a Local; its guard is posted once the chain is whole.

    Raises ConfigurationError for what cannot be read.
    """
    has_prefix = True
    for directive in controller.directives():
        directive.no_args()
        for prop in directive.properties:
            if prop.name != "localhost_prefix":
                raise prop.unknown()
            has_prefix = _is_on(prop)

    async def start() -> None:
        post_guard(controller.block.handlers, special_zones())

    controller.on_startup(start)
    controller.add_plugin(Local(has_prefix, controller.metrics))


def _is_on(line: Line) -> bool:
    match line.only_arg():
        case "on":
            return True
        case "off":
            return False
        case word:
            raise line.error(f"invalid value '{word}' for {line.name}, should be on or off")
