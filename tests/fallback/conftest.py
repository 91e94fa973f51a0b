# SPDX-License-Identifier: Apache-2.0
"""A checkout as a machine without a compiler has it: all but the extension."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def pure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what runs and of its tests; what is fetched for tests is shared."""
    folder = tmp_path_factory.mktemp("pure")
    for name in ("resolver", "plugins", "tests"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.so", "__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    if (ROOT / ".cache").exists():
        (folder / ".cache").symlink_to(ROOT / ".cache")
    return folder
