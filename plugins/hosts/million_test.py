# SPDX-License-Identifier: Apache-2.0
"""A hosts file of a million lines, as lists of blocked names are."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = 1_000_000

# Memory is measured where nothing else has been done before.
MEASURE = """
import ctypes, gc, sys
from pathlib import Path
from weakref import WeakValueDictionary
from plugins.hosts.source import HostsSource, Reading

def resident():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024

before = resident()
source = HostsSource(Path(sys.argv[1]), Reading((b"\\0",), True, False), WeakValueDictionary())
loaded = source.read()
gc.collect()
ctypes.CDLL(None).malloc_trim(0)  # what loading has freed is the system's again
print(len(loaded.table.names), resident() - before)
"""


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(lambda number: "0.0.0.0", id="blocked names"),
        pytest.param(
            lambda number: f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
            id="an address for each",
        ),
    ],
)
def test_a_million_names_are_cheap(tmp_path: Path, address: object) -> None:
    """Under 150 octets a name, whatever it has."""
    assert callable(address)
    path = tmp_path / "hosts"
    with path.open("w") as file:
        for number in range(NAMES):
            file.write(f"{address(number)} track{number:x}.site{number % 977}.example\n")
    said = subprocess.run(
        [sys.executable, "-c", MEASURE, path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found, octets = said.stdout.split()
    assert int(found) == NAMES
    assert int(octets) < 150 * NAMES
