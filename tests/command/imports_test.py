# SPDX-License-Identifier: Apache-2.0
"""What a server with the built-in Corefile does not load: a start takes as long as its imports."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.command.running import PATIENCE_S, ROOT

# Modules, and who is to load them. They take some milliseconds each, and memory for good.
UNUSED = {
    "dns.message": "who asks a request or a response for its message()",
    "dns.rdata": "zone files, templates, and trust anchors that are not written plainly",
    "dns.name": "as dns.rdata; it brings idna",
    "importlib.metadata": "the listing of plugins of other packages, if there are any",
    "re2": "directives with a pattern",
    "resolver.expressions.tree": "view and template",
    "resolver.engine.filters": "blocks with a view",
    "starlette": "directives that serve pages",
    "hypercorn": "directives that serve pages",
    "yaml": "prometheus with tls",
    "fractions": "nobody: durations are whole nanoseconds",
    "difflib": "the answer to a word that nobody knows",
}
CODE = """\
import atexit, json, sys
path = sys.argv.pop()
atexit.register(lambda: open(path, "w").write(json.dumps(sorted(sys.modules))))
from resolver.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Return the modules of a server that came up and ended."""
    folder = tmp_path_factory.mktemp("empty")  # without a Corefile
    told = folder / "modules"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(folder)}
    with subprocess.Popen(
        [sys.executable, "-c", CODE, "-dns.port", "0", "-control", "off", str(told)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        while not (line := process.stdout.readline()).startswith("linux/"):
            assert line, "it did not come up"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)
    return frozenset(json.loads(told.read_text()))


@pytest.mark.parametrize("module", UNUSED)
def test_a_start_does_not_load(module: str, loaded: frozenset[str]) -> None:
    """Whoever needs it imports it where it is used; who that is: the table above."""
    assert "resolver.native.engine" in loaded
    assert module not in loaded


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(["-version"], id="version"),
        pytest.param(["-control", "/nonexistent/socket", "control", "stats"], id="control"),
    ],
)
def test_what_serves_nothing_loads_no_server(args: list[str]) -> None:
    """A health check asks often: neither the event loop nor metrics are loaded to ask."""
    code = (
        "import sys; from resolver.command.main import run; run(sys.argv[1:]);"
        "sys.exit(' '.join({'asyncio', 'prometheus_client', 'dns', 'resolver.instance'}"
        " & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Rootward" in done.stdout or "socket" in done.stderr) == (0, True)
