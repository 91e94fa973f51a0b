# SPDX-License-Identifier: Apache-2.0
"""Set-up of `multisocket`: a socket for each processor that we may use, unless it says a number."""

import os

from plugins.multisocket.multisocket import sockets
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Set the block's number of sockets. Raises ConfigurationError for what is no number."""
    processors = len(os.sched_getaffinity(0))
    for directive in controller.directives():
        controller.block.sockets = sockets(directive, processors)
