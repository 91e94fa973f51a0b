# SPDX-License-Identifier: Apache-2.0
"""Set-up of `minimal`: there is nothing to set."""

from plugins.minimal.minimal import Minimal
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Add a Minimal. Raises ConfigurationError for any argument or property."""
    for directive in controller.directives():
        directive.no_args()
        for prop in directive.properties:
            raise prop.unknown()
    controller.add_plugin(Minimal())
