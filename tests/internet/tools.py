# SPDX-License-Identifier: Apache-2.0
"""Where NSD and ldns-signzone are: installed, or fetched into .cache."""

import os
import shutil
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "nsd"


def find_tool(name: str) -> Path:
    """Return the path of a program, the installed one first.

    Raises FileNotFoundError, with what to do about it.
    """
    folders = (*os.get_exec_path(), "/usr/sbin", CACHE / "usr" / "sbin", CACHE / "usr" / "bin")
    found = shutil.which(name, path=os.pathsep.join(str(folder) for folder in folders))
    if found is None:
        raise FileNotFoundError(f"{name} is missing: run script/fetch-nsd")
    return Path(found)


def tool_environment() -> dict[str, str]:
    """Return an environment in which the fetched programs find the libraries fetched with them."""
    return {**os.environ, "LD_LIBRARY_PATH": str(CACHE / "libraries")}
