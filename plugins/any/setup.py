# SPDX-License-Identifier: Apache-2.0
"""Set-up of `any`: there is nothing to set."""

from plugins.any.any import Any
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Add an Any. Raises ConfigurationError for any argument or property."""
    for directive in controller.directives():
        directive.no_args()
        for prop in directive.properties:
            raise prop.unknown()
    controller.add_plugin(Any())
