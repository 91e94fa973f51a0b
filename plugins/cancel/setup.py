# SPDX-License-Identifier: Apache-2.0
"""Set-up of `cancel`: of several lines the last wins."""

from plugins.cancel.cancel import patience_ms
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Set the block's patience. Raises ConfigurationError for what is no duration."""
    for directive in controller.directives():
        for prop in directive.properties:
            raise prop.unknown()
        controller.block.patience_ms = patience_ms(directive)
