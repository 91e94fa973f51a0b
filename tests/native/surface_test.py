# SPDX-License-Identifier: Apache-2.0
"""native.h and surface_*.h are the surface and its manual; no global of ours can be written."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADERS = [ROOT / "native/native.h", *sorted((ROOT / "native").glob("surface_*.h"))]
SURFACE = "\n\n".join(
    header.split("/* cdef begin */")[1].split("/* cdef end */")[0]
    for header in (path.read_text() for path in HEADERS)
)
PROTOTYPE = re.compile(r"^[a-z][\w ]*?[ *](rn_\w+)\(", re.MULTILINE)
FUNCTIONS = PROTOTYPE.findall(SURFACE)
SOURCES = sorted(path.name for path in (ROOT / "native").glob("*.c"))


def paragraphs() -> list[str]:
    """Return the surface's paragraphs: comment and declaration together."""
    return SURFACE.split("\n\n")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_documented(function: str) -> None:
    """A comment stands on each function; each pointer that it takes is borrowed, taken or lent."""
    (paragraph,) = [p for p in paragraphs() if re.search(rf"\b{function}\(", code(p))]
    comment = paragraph[paragraph.index("/*") : paragraph.index("*/")]
    assert len(comment) > 20
    handles = {"library", "recurse", "clock", "socket", "store", "ledger", "events"}
    handles |= {"engine", "flights", "plan", "holder", "diverted", "counts", "lines"}
    pointers = set(re.findall(r"\*(\w+)[,)]", code(paragraph))) - handles
    assert not pointers or re.search(r"borrow|takes|lends|gives", comment)


def code(text: str) -> str:
    """Return C without its comments."""
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def test_the_surface_is_what_cffi_can_read() -> None:
    """Between the markers: no directive, no static inline; cffi's parser refuses them."""
    assert FUNCTIONS
    assert not re.search(r"^\s*#|static|inline", code(SURFACE), re.MULTILINE)


def test_the_stub_declares_the_surface() -> None:
    """What resolver/_native.pyi says of native.h's functions is so: each has as many parameters."""
    stub = ast.parse((ROOT / "resolver" / "_native.pyi").read_text())
    declared = {
        node.name: len(node.args.args) - 1
        for node in ast.walk(stub)
        if isinstance(node, ast.FunctionDef) and node.name != "__getattr__"
    }
    parameters = {
        name: 0 if arguments.strip() == "void" else arguments.count(",") + 1
        for name, arguments in re.findall(r"\b(rn_\w+)\(([^)]*)\);", code(SURFACE))
    }
    assert declared
    assert declared.items() <= parameters.items()


# What libunbound keeps is one for the process, and so is what guards it. The curve is a constant,
# made by OpenSSL.
GLOBALS = {"library.c": ["process_lock"], "ecdsa.c": ["curve", "curve_once"]}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_has_no_writable_global(source: str, tmp_path: Path) -> None:
    """State belongs to a handle: sections for writable data and zeroed data hold nothing else."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "no C compiler: apt-get install gcc libc6-dev"
    made = tmp_path / "made.o"
    subprocess.run(
        [compiler, "-std=gnu11", "-O1", "-DRN_OPENSSL", "-c", ROOT / "native" / source, "-o", made],
        check=True,
    )
    listed = subprocess.run(["nm", made], capture_output=True, text=True, check=True).stdout
    symbols = [line.split() for line in listed.splitlines()]
    writable = [words[-1] for words in symbols if words[-2] in {"d", "D", "b", "B", "C"}]
    assert writable == GLOBALS.get(source, [])


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_leaves_the_function_at_one_place(source: str) -> None:
    """No goto but one to `out`, no variable-length array by alloca."""
    text = code((ROOT / "native" / source).read_text())
    assert [label for label in re.findall(r"\bgoto (\w+)", text) if label != "out"] == []
    assert "alloca" not in text
