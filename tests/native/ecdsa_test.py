# SPDX-License-Identifier: Apache-2.0
"""Who verifies P-256 signatures (native/ecdsa.c): what is bound and what a build leaves out."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINDING = re.compile(r"binding file (\S+) \[0\] to (\S+) \[0\]: normal symbol `(\w+)'")


def bindings() -> dict[tuple[str, str], str]:
    """Return where each symbol of each library is found, once the extension is loaded."""
    done = subprocess.run(
        [sys.executable, "-c", "import resolver._native"],
        env=os.environ | {"LD_DEBUG": "bindings", "LD_BIND_NOW": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        (Path(caller).name.split(".")[0], symbol): Path(found).name.split(".")[0]
        for caller, found, symbol in BINDING.findall(done.stderr)
    }


def test_a_libunbound_with_nettle_calls_ours() -> None:
    """Of nettle's functions it is that one alone; a libunbound with OpenSSL is left as it is."""
    bound = bindings()
    assert bound["_native", "ub_ctx_config"] == "libunbound"
    of_libunbound = {
        symbol: found for (caller, symbol), found in bound.items() if caller == "libunbound"
    }
    with_nettle = "nettle_get_secp_256r1" in of_libunbound
    ours = [symbol for symbol, found in of_libunbound.items() if found == "_native"]
    assert ours == (["nettle_ecdsa_verify"] if with_nettle else [])
    assert bound.get(("_native", "nettle_ecc_point_get")) == ("libhogweed" if with_nettle else None)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, True),
        ({"ROOTWARD_OPENSSL": "no"}, False),
        ({"CC": "false"}, False),
        ({"CC": "/no/cc"}, False),
    ],
    ids=["headers are here", "switched off", "no headers", "no compiler"],
)
def test_what_is_compiled(environment: dict[str, str], expected: bool) -> None:
    """With the headers ecdsa.c is compiled and OpenSSL linked; without, all the rest is."""
    told = (
        "import runpy; print(runpy.run_path('native/build.py')['ffibuilder']._assigned_source[3])"
    )
    done = subprocess.run(
        [sys.executable, "-c", told],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("'crypto'" in done.stdout) is ("-DRN_OPENSSL" in done.stdout) is expected
