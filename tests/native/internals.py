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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI

NATIVE = Path(__file__).parents[2] / "native"
NAME = "internals"
COMPILE = (os.environ.get("CC", "cc"), "-std=gnu11", "-O1", "-fPIC", "-w", f"-I{NATIVE}")
LINK = (COMPILE[0], "-shared")
LIBRARIES = ("-lunbound", "-levent", "-lpthread")

HEADERS = (
    *(
        "native.h",
        "surface_store.h",
        "surface_plan.h",
        "asked.h",
        "image.h",
        "random.h",
        "render.h",
        "normal.h",
    ),
    *("store.h", "variant.h", "classify.h", "verdict.h"),
)
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

    def compiled(source: Path) -> Path:
        target = folder / f"{source.stem}.o"
        run(*COMPILE, "-c", str(source), "-o", str(target))
        return target

    with ThreadPoolExecutor() as pool:
        objects = list(pool.map(compiled, sorted(NATIVE.glob("*.c"))))
    archive = folder / "native.a"
    run("ar", "rcs", str(archive), *map(str, objects))
    return build_more(archive, NAME, HEADERS, DECLARATIONS, INCLUDES)


def build_more(
    archive: Path,
    name: str,
    headers: Sequence[str],
    declarations: str,
    includes: Sequence[str],
) -> Internals:
    """Link another module of the same object files, beside them, and return it.

    It knows what HEADERS, DECLARATIONS and INCLUDES are for this one.
    """
    ffi = FFI()
    ffi.cdef("\n".join(declared((NATIVE / header).read_text()) for header in headers))
    ffi.cdef(declarations)
    ffi.set_source(name, "\n".join(f'#include "{header}"' for header in (*headers, *includes)))
    surface, module_path = archive.with_name(f"{name}.c"), archive.with_name(f"{name}.so")
    ffi.emit_c_code(str(surface))
    python = sysconfig.get_paths()["include"]
    flags = (*COMPILE, f"-I{python}", *LINK[1:])
    run(*flags, "-o", str(module_path), str(surface), str(archive), *LIBRARIES)
    spec = importlib.util.spec_from_file_location(name, module_path)
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
