# SPDX-License-Identifier: Apache-2.0
"""The rules of CONTRIBUTING.md that a machine can hold."""

import ast
import importlib
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPDX = "SPDX-License-Identifier: Apache-2.0"
BUDGETS = {".py": 300, ".pyi": 300, ".c": 400, ".h": 400}
OVER_BUDGET: set[str] = set()  # paths, each with the reason beside it
BROAD_EXCEPT = {
    "resolver/server.py",  # the one place where any exception becomes SERVFAIL
    "resolver/loading.py",  # the code of plugins, which may be anybody's
    "resolver/recursion/prove.py",  # a forked child, which must end and never return
}
UNNAMED = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base"}
SECTIONS = ["Name", "Description", "Syntax", "Metrics", "Ready", "Examples", "Bugs", "See Also"]


def sources(*suffixes: str, below: str = ".") -> Iterator[Path]:
    """Yield the source files of the repository, none of what tools leave there."""
    for path in sorted((ROOT / below).rglob("*")):
        parts = path.relative_to(ROOT).parts
        if any(part.startswith(".") or part in {"__pycache__", "build", "dist"} for part in parts):
            continue
        if path.suffix in suffixes and path.name != "_native.c" and ".egg-info" not in str(path):
            yield path


def paths(*suffixes: str, below: str = ".") -> list[str]:
    """Return the names of source files, relative to the repository: readable ids of cases."""
    return [path.relative_to(ROOT).as_posix() for path in sources(*suffixes, below=below)]


def imported(path: str) -> set[str]:
    """Return the full names of all that a module imports, in functions as well."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def module_of(name: str) -> str | None:
    """Return the module of ours that a full name is in or is, None for somebody else's."""
    parts = name.split(".")
    for end in range(len(parts), 1, -1):
        place = ROOT.joinpath(*parts[:end])
        if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file():
            return ".".join(parts[:end]) if parts[0] == "resolver" else None
    return None


def listed_modules() -> tuple[list[str], list[tuple[set[str], set[str]]]]:
    """Return what docs/writing-plugins.md calls stable; and what is not, with who imports it."""
    page = (ROOT / "docs/writing-plugins.md").read_text().partition("## What is stable")[2]
    stable, _, others = page.partition("| modules, and below |")
    row = re.compile(r"^\| (`resolver\..+?`) \| (.+?)(?::.*)? \|$", re.M)
    inner = [
        (set(re.findall(r"[\w.]+", modules)), set(re.findall(r"\*(\w+)\*", who)))
        for modules, who in row.findall(others)
    ]
    return [modules.strip("`") for modules, _ in row.findall(stable)], inner


def is_at_or_below(module: str, places: set[str]) -> bool:
    """Tell whether a module is one of these, or in a package that is."""
    return any(f"{module}.".startswith(f"{place}.") for place in places)


PYTHON = paths(".py", ".pyi")
PRODUCT = [path for path in PYTHON if not path.endswith(("_test.py", "/conftest.py"))]
C = paths(".c", ".h")
SCRIPTS = [
    path.relative_to(ROOT).as_posix()
    for folder in ("script", ".ci", "native/test", "native/fuzz")
    for path in sorted((ROOT / folder).iterdir())
    if path.is_file() and not path.suffix
]
PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py"))


def is_short(path: str) -> bool:
    """Tell whether a file keeps to the budget of its language."""
    return len((ROOT / path).read_text().splitlines()) <= BUDGETS[Path(path).suffix]


def names_in(expression: ast.expr) -> list[str]:
    """Return the names of one exception or of a tuple of them."""
    several = expression.elts if isinstance(expression, ast.Tuple) else [expression]
    return [ast.unparse(each) for each in several]


def catches_anything(path: str) -> bool:
    """Tell whether a module catches every exception and does not raise it again."""
    return any(
        isinstance(node, ast.ExceptHandler)
        and (node.type is None or {"Exception", "BaseException"} & set(names_in(node.type)))
        and not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in node.body)
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
    )


def lines_with(pattern: str, found: list[str]) -> list[str]:
    """Return PATH:LINE of each line of these files that the pattern matches."""
    return [
        f"{path}:{number}"
        for path in found
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_the_first_line_names_the_licence() -> None:
    """SPDX-License-Identifier, nothing longer; in a script after its interpreter's name."""
    wrong = []
    for path in PYTHON + C + SCRIPTS:
        lines = (ROOT / path).read_text().splitlines()
        first = lines[1] if lines[0].startswith("#!") else lines[0]
        wrong += [] if first in {f"# {SPDX}", f"/* {SPDX} */"} else [path]
    assert wrong == []


def test_a_file_is_short() -> None:
    """A file does what its name says, in 300 lines of Python or 400 of C."""
    assert [path for path in PYTHON + C if not is_short(path) and path not in OVER_BUDGET] == []


def test_no_file_is_excused_in_vain() -> None:
    """A file that is short again, or gone, leaves the list of exceptions."""
    assert [path for path in OVER_BUDGET if path not in PYTHON + C or is_short(path)] == []


def test_the_median_file_is_shorter() -> None:
    """Half of the files have at most 120 lines."""
    counts = [len((ROOT / path).read_text().splitlines()) for path in PYTHON + C]
    assert statistics.median(counts) <= 120


def test_a_module_says_what_lives_there() -> None:
    """A module begins with a docstring, a test as well."""
    trees = {path: ast.parse((ROOT / path).read_text()) for path in PYTHON}
    assert [path for path, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_a_file_is_named_after_its_job() -> None:
    """There is no grab-bag."""
    assert [path for path in PYTHON + C if Path(path).stem in UNNAMED] == []


def test_resolver_never_imports_plugins() -> None:
    """The core knows plugins by the order of the chain and by entry points, never by name."""
    found = {path: imported(path) for path in paths(".py", below="resolver")}
    assert [p for p, names in found.items() if any(n.startswith("plugins") for n in names)] == []


def test_only_its_faces_import_the_extension() -> None:
    """resolver/ffi.py and resolver/native check lengths and raise errors; nobody goes around."""
    native = [
        path
        for path in PYTHON
        if any(name.startswith("resolver._native") for name in imported(path))
    ]
    assert [p for p in native if not p.startswith("resolver/native/")] == ["resolver/ffi.py"]


def test_a_plugin_imports_no_other_plugin() -> None:
    """Plugins meet through the interfaces in resolver, and use its public modules only."""
    wrong = []
    for path in paths(".py", below="plugins"):
        own = ".".join(Path(path).parts[:2]) + "."
        for name in imported(path):
            is_foreign = name.startswith("plugins.") and not f"{name}.".startswith(own)
            is_private = name.startswith("resolver.") and "._" in name
            wrong += [f"{path}: {name}"] if is_foreign or is_private else []
    assert wrong == []


def test_a_plugin_imports_what_is_stable() -> None:
    """The modules that docs/writing-plugins.md lists, and others if it says who needs them."""
    stable, inner = listed_modules()
    used = {
        (Path(path).parts[1], module)
        for path in PRODUCT
        if path.startswith(("plugins/", "examples/plugin/"))
        for module in map(module_of, imported(path))
        if module is not None and module not in stable
    }
    allowed = {
        (plugin, module)
        for plugin, module in used
        if any(plugin in users and is_at_or_below(module, places) for places, users in inner)
    }
    assert used - allowed == set()
    for places, users in inner:
        assert users == {plugin for plugin, module in used if is_at_or_below(module, places)}


@pytest.mark.parametrize("module", listed_modules()[0])
def test_a_stable_module_is_there(module: str) -> None:
    """And says what it is for, as does all that is public in it."""
    found = importlib.import_module(module)
    assert found.__doc__
    public = [getattr(found, name) for name in vars(found) if not name.startswith("_")]
    mine = [each for each in public if getattr(each, "__module__", "") == module]
    assert [each for each in mine if not each.__doc__] == []


def test_an_exception_is_caught_by_its_name() -> None:
    """`except Exception` hides mistakes; the server's loop alone counts and logs whatever comes."""
    product = [path for path in PYTHON if not path.endswith("_test.py")]
    assert {path for path in product if catches_anything(path)} == set(BROAD_EXCEPT)


def test_a_type_that_is_ignored_has_a_reason() -> None:
    """`type: ignore` names the error and says why it is right here."""
    assert lines_with(r"# type: (?=ignore)(?!ignore\[[\w, -]+\] +[-#] \w)", PYTHON) == []


def test_a_script_can_be_run() -> None:
    """What a person types is executable."""
    typed = [path for path in SCRIPTS if not path.startswith(".ci/")]
    assert [path for path in typed if not (ROOT / path).stat().st_mode & 0o111] == []


def test_a_document_fences_with_tildes() -> None:
    """One way to write a block, so that the examples can be found and run."""
    documents = paths(".md")
    assert lines_with("^```", documents) == []
    odd = [path for path in documents if len(lines_with("^~~~", [path])) % 2]
    assert odd == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_folder_is_whole(plugin: str) -> None:
    """Manual, licence, set-up with its test, the plugin with its test."""
    folder = ROOT / "plugins" / plugin
    wanted = [
        "README.md",
        "LICENSE",
        "setup.py",
        "setup_test.py",
        f"{plugin}.py",
        f"{plugin}_test.py",
    ]
    assert [name for name in wanted if not (folder / name).is_file()] == []
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_has_its_place_in_the_chain(plugin: str) -> None:
    """The order of the chain is data, and names each plugin that is here."""
    order = (ROOT / "resolver/plugin.cfg").read_text().splitlines()
    assert [line for line in order if line.split(":")[0] == plugin] != []


@pytest.mark.parametrize(
    ("plugin", "folder"),
    [*((name, f"plugins/{name}") for name in PLUGINS), ("greet", "examples/plugin")],
)
def test_a_manual_has_its_sections_in_order(plugin: str, folder: str) -> None:
    """The sections of a manual page and no others; Name, Description, Syntax, Examples always."""
    text = (ROOT / folder / "README.md").read_text()
    assert text.startswith(f"# {plugin}\n")
    sections = re.findall(r"^## (.+)$", re.sub(r"^~~~.*?^~~~$", "", text, flags=re.M | re.S), re.M)
    assert sections == [name for name in SECTIONS if name in sections]
    assert sections[:3] == SECTIONS[:3]
    assert "Examples" in sections
    assert re.search(rf"## Name\n+\*{plugin}\* - \S", text)
