# SPDX-License-Identifier: Apache-2.0
"""Set-up of `root`; it stands first in the chain's order, so that others find it done."""

import logging

from plugins.root.root import check
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Set the block's root. Raises ConfigurationError unless there is one argument."""
    for directive in controller.directives():
        path = directive.only_arg()
        for prop in directive.properties:
            raise prop.unknown()
        controller.block.root = check(path, logging.getLogger("plugin/root"))
