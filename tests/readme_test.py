# SPDX-License-Identifier: Apache-2.0
"""The documents are true: every Corefile in them starts, every file that they name is there."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COREFILE = re.compile(r"^~~~ corefile\n(.*?)^~~~$", re.M | re.S)
PORT = re.compile(r"(?<=:)(?:1053|8080|8181|9153)\b")  # what examples listen on; here a free one
QUOTED = re.compile(r"`([\w.]+)`:\n\n~~~ txt\n(.*?)^~~~$", re.M | re.S)  # a file, with its text
FILES = {  # what examples read, by name, where a document does not say what is in it
    "db.home.arpa": "@ 60 IN SOA ns host 1 2 3 4 5\n@ 60 IN NS ns\n",
    "weights": "www.example.org\n192.0.2.1 3\n192.0.2.2 1\n",
}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("plugins/*/README.md")])
EXAMPLE = ROOT / "examples/plugin/README.md"  # its Corefile is tests/outside/example_test.py's
MAP = ROOT / "native/README.md"
START_S = 30.0


def name_of(path: Path) -> str:
    """Return the name of a file relative to the repository."""
    return path.relative_to(ROOT).as_posix()


EXAMPLES = [
    pytest.param(found[1], dict(QUOTED.findall(path.read_text())), id=f"{name_of(path)}-{number}")
    for path in DOCUMENTS
    for number, found in enumerate(COREFILE.finditer(path.read_text()), 1)
]


@pytest.mark.parametrize(("corefile", "files"), EXAMPLES)
def test_a_corefile_serves(corefile: str, files: dict[str, str], tmp_path: Path) -> None:
    """What a manual shows can be copied: a server starts with it, has no complaint and stops."""
    for name, text in (FILES | files).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "Corefile").write_text(PORT.sub("0", corefile))
    home = {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "resolver", "-conf", "Corefile", "-dns.port", "0"],
        cwd=tmp_path,
        env={**os.environ, **home, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert server.stdout is not None
    watchdog = threading.Timer(START_S, server.kill)
    watchdog.start()
    try:
        said = ""
        for line in server.stdout:
            said += line
            if line.startswith("linux/"):  # the banner's last line: it serves
                break
        server.send_signal(signal.SIGINT)
        said += server.stdout.read()
        code = server.wait()
    finally:
        watchdog.cancel()
        server.kill()
        server.wait()
        server.stdout.close()
    assert re.search(r"^linux/", said, re.M), said
    assert code == 0, said
    assert not re.search(r"\[(WARNING|ERROR|FATAL)\]|Traceback", said), said


@pytest.mark.parametrize("path", [*DOCUMENTS, EXAMPLE, MAP], ids=name_of)
def test_a_document_names_files_that_exist(path: Path) -> None:
    """A link and a file in `code` lead somewhere."""
    text = path.read_text()
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", text)]
    assert [link for link in links if not (path.parent / link).exists()] == []
    named = re.findall(
        r"`((?:resolver|plugins|native|tests|docs|script|bench|examples|deploy)/[\w./-]*\w)`", text
    )
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []
    bare = set(re.findall(r"`(\w+\.py)`", text)) - {"setup.py", "NAME.py"}
    assert [name for name in sorted(bare) if not any(ROOT.glob(f"[rpt]*/**/{name}"))] == []


def test_the_readme_lists_the_plugins() -> None:
    """The table holds each plugin that is here, in the order of the chain."""
    table = re.findall(
        r"^\| \[(\w+)\]\(plugins/\1/README.md\) \|", (ROOT / "README.md").read_text(), re.M
    )
    order = [line.split(":")[0] for line in (ROOT / "resolver/plugin.cfg").read_text().splitlines()]
    present = {path.parent.name for path in ROOT.glob("plugins/*/setup.py")}
    assert table == [name for name in order if name in present]


def test_each_file_of_c_is_on_the_map() -> None:
    """native/README.md tells of each file of C once, and of none that is gone."""
    told = re.findall(r"`(\w+\.c)`", MAP.read_text())
    assert sorted(told) == sorted(path.name for path in (ROOT / "native").glob("*.c"))
