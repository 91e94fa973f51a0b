# SPDX-License-Identifier: Apache-2.0
"""A network namespace for a child of a test: there can be one mini internet in each."""

import os
import subprocess

import pytest


def unshare() -> list[str]:
    """Return what to put in front of a command to run it in a network of its own.

    An ordinary user is root there, by way of a user namespace, and nowhere else.
    """
    prefix = ["unshare", "--net"]
    if os.geteuid() != 0:
        prefix += ["--user", "--map-root-user"]
    done = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no second network namespace can be made: {done.stderr.strip()}")
    return prefix


def nsenter(pid: int) -> list[str]:
    """Return what to put in front of a command to run it in the network of such a child."""
    prefix = ["nsenter", "--target", str(pid), "--net"]
    if os.geteuid() != 0:
        prefix += ["--user", "--preserve-credentials"]
    return prefix
