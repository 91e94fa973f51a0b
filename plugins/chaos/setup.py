# SPDX-License-Identifier: Apache-2.0
"""Set-up of `chaos`: a version, then authors."""

import socket

from plugins.chaos.chaos import Chaos
from resolver import wire
from resolver.corefile.controller import Controller
from resolver.version import VERSION


def setup(controller: Controller) -> None:
    """Add a Chaos, and have the block take questions in class CH.

    Raises ConfigurationError for a property, or a second line.
    """
    directive = controller.once()
    for prop in directive.properties:
        raise prop.unknown()
    version, *authors = directive.args or (f"Rootward-{VERSION}",)
    controller.block.qclasses.add(wire.CH)
    controller.add_plugin(
        Chaos(version, sorted(set(authors)), socket.gethostname(), controller.rng)
    )
