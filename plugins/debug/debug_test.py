# SPDX-License-Identifier: Apache-2.0
"""What `debug` turns on."""

import logging

from plugins.debug.debug import enable
from resolver.testing import controller


def test_debug_messages_are_passed_on() -> None:
    """By the logger that it is given, and the block knows."""
    block, logger = controller("debug").block, logging.getLogger("test_debug")
    logger.setLevel(logging.INFO)
    enable(block, logger)
    assert block.debug and logger.isEnabledFor(logging.DEBUG)
