# SPDX-License-Identifier: Apache-2.0
"""The C functions behind native.h, for tests that hold one against its like in Python.

A module of its own is compiled from all of native/*.c once a session: native.h is what the product
calls, and what lies behind it must not be in it. To reach one more function add its header to
HEADERS, or where that is more than cffi reads, the declarations to DECLARATIONS.
"""

import importlib.util
import os
import re
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI

NATIVE = Path(__file__).parents[2] / "native"
NAME = "internals"
COMPILE = (os.environ.get("CC", "cc"), "-std=gnu11", "-O1", "-fPIC", "-w", f"-I{NATIVE}")
LINK = (COMPILE[0], "-shared")
LIBRARIES = ("-lunbound", "-levent", "-lpthread")

HEADERS = ("asked.h", "image.h", "random.h", "render.h", "normal.h", "classify.h")
DECLARATIONS = """
    void rn_random_seed(struct rn_random *random, uint64_t seed);
    uint64_t rn_random_next(struct rn_random *random);
    uint32_t rn_random_below(struct rn_random *random, uint32_t bound);
"""
INCLUDES: tuple[str, ...] = ()  # headers of what is in DECLARATIONS, but for those of HEADERS


class Internals(NamedTuple):
    """The compiled module; what `lib` has is known to C only. `archive` has all object files."""

    ffi: FFI
    lib: Any
    archive: Path


def build(folder: Path) -> Internals:
    """Compile the module in a folder and return it."""
    ffi = FFI()
    ffi.cdef("\n".join(declared((NATIVE / header).read_text()) for header in HEADERS))
    ffi.cdef(DECLARATIONS)
    ffi.set_source(NAME, "\n".join(f'#include "{header}"' for header in (*HEADERS, *INCLUDES)))
    surface = folder / f"{NAME}.c"
    ffi.emit_c_code(str(surface))

    def compiled(source: Path) -> Path:
        target = folder / f"{source.stem}.o"
        python = sysconfig.get_paths()["include"]
        run(*COMPILE, f"-I{python}", "-c", str(source), "-o", str(target))
        return target

    with ThreadPoolExecutor() as pool:
        head, *objects = pool.map(compiled, [surface, *sorted(NATIVE.glob("*.c"))])
    archive, module_path = folder / "native.a", folder / f"{NAME}.so"
    run("ar", "rcs", str(archive), *map(str, objects))
    run(*LINK, "-o", str(module_path), str(head), str(archive), *LIBRARIES)
    spec = importlib.util.spec_from_file_location(NAME, module_path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Internals(module.ffi, module.lib, archive)


def declared(header: str) -> str:
    """Return what cffi reads of a header: no comments, no preprocessor, no bodies."""
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    text = re.sub(r"^static inline .*?^}$", "", text, flags=re.S | re.M)
    return re.sub(r"^#.*$", "", text, flags=re.M)


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
