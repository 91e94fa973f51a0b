# SPDX-License-Identifier: Apache-2.0
"""Set-up of `bufsize`: of several lines the last wins."""

from plugins.bufsize.bufsize import payload_size
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Set the block's payload size. Raises ConfigurationError for what is no size."""
    for directive in controller.directives():
        for prop in directive.properties:
            raise prop.unknown()
        controller.block.payload_size = payload_size(directive)
