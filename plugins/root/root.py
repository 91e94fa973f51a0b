# SPDX-License-Identifier: Apache-2.0
"""What `root` says: the folder in which a server block's relative paths start."""

import logging
from pathlib import Path


def check(path: str, logger: logging.Logger) -> str:
    """Return `path`; one WARNING if it is no folder now, since it may become one."""
    if not Path(path).is_dir():
        logger.warning("Root path does not exist: %s", path)
    return path
