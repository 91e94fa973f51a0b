# SPDX-License-Identifier: Apache-2.0
"""examples/plugin: the package that strangers copy is built, installed, tested and asked."""

import re
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import pytest

from tests.command.running import PATIENCE_S, ROOT, Command
from tests.outside.fresh import Fresh
from tests.outside.site import COREFILE, OURS, chain_of

EXAMPLE = ROOT / "examples/plugin"
PAGE = ROOT / "docs/writing-plugins.md"
QUOTED = re.compile(r"^`([\w./]+)`:\n\n~~~ \w+\n(.*?)^~~~$", re.M | re.S)
COREFILES = re.compile(r"^~~~ corefile\n(.*?)^~~~$", re.M | re.S)
FILES = sorted(
    path.relative_to(EXAMPLE).as_posix()
    for path in EXAMPLE.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Return an environment with the example, which was installed from a copy of its sources."""
    folder = tmp_path_factory.mktemp("fresh")
    source = folder / "source"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    made = Fresh(folder / "environment")
    made.install(source)
    return made


@pytest.fixture
def greeting(fresh: Fresh, tmp_path: Path) -> Iterator[Command]:
    """Yield a server with the Corefile of the example's manual."""
    (corefile,) = COREFILES.findall((EXAMPLE / "README.md").read_text())
    local = corefile.replace(".:1053 {", ".:0 {\n    bind 127.0.0.1")
    (tmp_path / "Corefile").write_text(local)
    command = Command(tmp_path, python=fresh.python)
    command.up()
    yield command
    command.process.kill()
    command.process.communicate()


def test_it_is_there(fresh: Fresh, tmp_path: Path) -> None:
    """Installed beside Rootward it is listed, stands where it says, and claims what it says."""
    (tmp_path / "Corefile").write_text(COREFILE)
    listed = Command(tmp_path, "-plugins", python=fresh.python).end()
    assert (listed[0], listed[1].split(), listed[2]) == (0, sorted([*OURS, "greet"]), "")
    status, out, error = Command(tmp_path, "chain", "Corefile", python=fresh.python).end()
    assert (status, error) == (0, "")
    assert chain_of(out) == "bind errors acl greet cache unbound"
    assert "    greet    claims type TXT\n" in out


def test_it_answers(greeting: Command) -> None:
    """TXT questions itself; all others go on."""
    query = dns.message.make_query("example.org.", "TXT")
    got = dns.query.udp(query, "127.0.0.1", PATIENCE_S, greeting.port)
    assert [str(rrset) for rrset in got.answer] == ['example.org. 5 IN TXT "good day"']
    assert greeting.ask() == dns.rcode.NOERROR
    greeting.send("SIGTERM")
    status, _, error = greeting.end()
    assert (status, error) == (0, "")


def test_its_own_tests_pass(fresh: Fresh, tmp_path: Path) -> None:
    """On what was installed, not on what lies here."""
    config = ("-c", str(EXAMPLE / "pyproject.toml"), "-p", "no:cacheprovider")
    said = fresh.run("-m", "pytest", "-q", *config, "--pyargs", "rootward_greet", cwd=tmp_path)
    assert re.search(r"^[1-9]\d+ passed in", said, re.M), said


def test_nobody_else_has_it() -> None:
    """What was installed there is not here."""
    assert "rootward-greet" not in {found.name for found in metadata.distributions()}


def test_the_page_quotes_the_files() -> None:
    """What docs/writing-plugins.md shows is what is tested here, to the octet."""
    quoted = dict(QUOTED.findall(PAGE.read_text()))
    assert quoted == {name: (EXAMPLE / name).read_text() for name in quoted}
    shown = {name for name in FILES if name.endswith((".py", ".toml"))}
    assert shown - set(quoted) == {"rootward_greet/setup_test.py"}


def test_it_is_whole() -> None:
    """A manual, the licence's text, and a test beside each module."""
    assert {"README.md", "LICENSE", "rootward_greet/py.typed"} < set(FILES)
    assert (EXAMPLE / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    modules = {name.removesuffix(".py") for name in FILES if name.endswith(".py")}
    code = {name for name in modules if not name.endswith(("_test", "__init__"))}
    assert {f"{name}_test" for name in code} <= modules
