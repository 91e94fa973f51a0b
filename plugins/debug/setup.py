# SPDX-License-Identifier: Apache-2.0
"""Set-up of `debug`."""

import logging

from plugins.debug.debug import enable
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Turn debugging on. Raises ConfigurationError if the directive has arguments."""
    for directive in controller.directives():
        directive.no_args()
        for prop in directive.properties:
            raise prop.unknown()
    enable(controller.block, logging.getLogger())
