# SPDX-License-Identifier: Apache-2.0
"""Set-up of `loop`: there is nothing to set. It watches once the listeners are up."""

from plugins.loop.loop import Loop, Place
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Add a Loop.

    Raises ConfigurationError for an argument, a property or a second line, and for a zone below
    which there is no room for two labels.
    """
    directive = controller.once()
    directive.no_args()
    for prop in directive.properties:
        raise prop.unknown()
    place = Place(controller.server_name(), controller.zones[0])
    loop = directive.read(
        lambda _: Loop(place, controller.clock, controller.rng, controller.server), ""
    )
    controller.on_started(loop.start)
    controller.on_shutdown(loop.close)
    controller.add_plugin(loop)
