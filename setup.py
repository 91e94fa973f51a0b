# SPDX-License-Identifier: Apache-2.0
"""How Rootward is built; what it is stands in pyproject.toml.

What cannot be said there: the C extension (cffi, one abi3 file for every Python from 3.11), the
packages by name (a search would ship tests and build as well), and that tests stay out of the
wheel. With ROOTWARD_NATIVE=optional in the environment an extension that cannot be compiled is a
warning: the install is then pure, and reaches libunbound through Debian's python3-unbound.
"""

import os
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


def packages() -> list[str]:
    """Return the names of the packages that ship: folders with an __init__.py below two roots."""
    found = (
        path.parent.relative_to(ROOT)
        for top in ("resolver", "plugins")
        for path in (ROOT / top).rglob("__init__.py")
    )
    return sorted(".".join(folder.parts) for folder in found)


class BuildWithoutTests(build_py):
    """Leave out the tests that lie beside the code they test."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Return the modules of a package that ship."""
        found = super().find_package_modules(package, package_dir)  # type: ignore[no-untyped-call]  # the stub lacks it
        return [m for m in found if m[1] != "conftest" and not m[1].endswith("_test")]


class BuildExtension(build_ext):
    """Let the extension fail if the environment says that it may."""

    def finalize_options(self) -> None:
        """Take the environment's word."""
        super().finalize_options()
        for extension in self.extensions:
            extension.optional = os.environ.get("ROOTWARD_NATIVE") == "optional"


setup(
    packages=packages(),
    package_dir={"": "."},  # an editable install is then one line in a .pth file, and starts faster
    package_data={
        "": ["py.typed", "*.pyi", "README.md", "LICENSE"],
        "resolver": ["plugin.cfg"],
        "resolver.recursion": ["data/*"],
    },
    include_package_data=False,
    cffi_modules=["native/build.py:ffibuilder"],
    cmdclass={"build_ext": BuildExtension, "build_py": BuildWithoutTests},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
