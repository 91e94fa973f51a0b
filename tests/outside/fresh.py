# SPDX-License-Identifier: Apache-2.0
"""A fresh Python environment, with Rootward and what it depends on, in which nothing else is.

It is made without the Internet: what is installed here is on its path, behind the checkout.
"""

import subprocess
import sysconfig
import venv
from pathlib import Path

from tests.command.running import ROOT

_PATIENCE_S = 300


class Fresh:
    """An environment in a folder; `python` is its interpreter."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.python = folder / "bin/python"
        own = self.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        ours = sysconfig.get_path("purelib")
        lines = [str(ROOT), f"import site; site.addsitedir({ours!r})"]
        (Path(own) / "rootward_and_below.pth").write_text("\n".join([*lines, ""]))

    def run(self, *args: str, cwd: Path | None = None) -> str:
        """Return what its Python says on standard output. Raises AssertionError if it fails."""
        done = subprocess.run(
            [self.python, *args],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def install(self, source: Path) -> None:
        """Build a package from its sources and install it, with what is here and nothing else."""
        quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
        alone = ("--no-index", "--no-build-isolation", "--no-cache-dir")
        self.run("-m", "pip", "install", *quiet, *alone, str(source))
