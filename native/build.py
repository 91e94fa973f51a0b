# SPDX-License-Identifier: Apache-2.0
"""Builds resolver._native: cffi reads the surface and compiles the C files.

The surface is native.h and surface_*.h, each between its markers. setup.py names
`native/build.py:ffibuilder`; `python native/build.py`, from the checkout, compiles it in place for
development, with `--sanitize address` or `--sanitize thread` under sanitizers of gcc.

Where OpenSSL and nettle have headers here, ecdsa.c is compiled into it; ROOTWARD_OPENSSL=no in the
environment leaves it out.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cffi import FFI

_HERE = Path(__file__).parent  # relative when setuptools runs us: it refuses absolute sources
if __name__ == "__main__":
    _HERE = _HERE.absolute()
_BEGIN, _END = "/* cdef begin */", "/* cdef end */"
_SANITIZERS = {"address": "address,undefined", "thread": "thread"}
_OPENSSL = "-DRN_OPENSSL"


def has_openssl() -> bool:
    """Return whether ecdsa.c can be compiled: the headers that it includes are here."""
    if os.environ.get("ROOTWARD_OPENSSL") == "no":
        return False
    compiler = os.environ.get("CC", "cc").split()
    if not shutil.which(compiler[0]):
        return False
    command = [*compiler, "-E", _OPENSSL, str(_HERE / "ecdsa.c")]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def surface() -> str:
    """Return what native.h and surface_*.h declare: all between the two markers of each."""
    texts = [
        path.read_text(encoding="utf-8")
        for path in (_HERE / "native.h", *sorted(_HERE.glob("surface_*.h")))
    ]
    return "\n".join(text[text.index(_BEGIN) : text.index(_END)] for text in texts)


_has_openssl = has_openssl()
ffibuilder = FFI()
ffibuilder.cdef(surface())
ffibuilder.set_source(
    "resolver._native",
    '#include "native.h"',
    sources=[str(path) for path in sorted(_HERE.glob("*.c"))],
    depends=[str(path) for path in sorted(_HERE.glob("*.h"))],
    include_dirs=[str(_HERE)],
    libraries=["unbound", "event", *(["crypto"] if _has_openssl else [])],
    extra_compile_args=[
        "-std=gnu11",
        "-O2",
        "-fvisibility=hidden",
        *([_OPENSSL] if _has_openssl else []),
    ],
    py_limited_api=True,
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compile resolver._native in place.")
    parser.add_argument("--sanitize", choices=_SANITIZERS, help="compile under this sanitizer")
    return parser.parse_args()


def _compile_in_place(sanitizer: str | None) -> None:
    """Compile into a temporary folder, where no pyproject.toml is, and copy the result here."""
    if sanitizer:
        flags = f"-fsanitize={_SANITIZERS[sanitizer]} -g -fno-omit-frame-pointer"
        os.environ["CFLAGS"] = os.environ["LDFLAGS"] = flags
    target = _HERE.parent / "resolver"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        built = Path(ffibuilder.compile(tmpdir=folder, verbose=True))
        shutil.copyfile(built, target / f".{built.name}")
        (target / f".{built.name}").replace(target / built.name)  # never half written
        os.chdir(_HERE)


if __name__ == "__main__":
    _compile_in_place(_arguments().sanitize)
