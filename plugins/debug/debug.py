# SPDX-License-Identifier: Apache-2.0
"""What `debug` turns on: debug messages of the process, and tracebacks of panics in the block."""

import logging

from resolver.block import Block


def enable(block: Block, root: logging.Logger) -> None:
    """Have panics of `block` logged with their traceback, and `root` pass debug messages on."""
    block.debug = True
    root.setLevel(logging.DEBUG)
