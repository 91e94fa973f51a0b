# SPDX-License-Identifier: Apache-2.0
"""What to ask in the lab, and what to see; the tests ask it as it is printed."""

import os
import shutil
from dataclasses import dataclass

from tests.internet.tools import CACHE, find_tool, tool_environment


@dataclass(frozen=True, slots=True)
class Try:
    """A question; `rcode` and `is_ad` (the flag AD) are what its response shows."""

    qname: str
    rcode: str
    is_ad: bool
    why: str
    is_cd: bool = False


TRIES = (
    Try("www.example.org", "NOERROR", True, "with the flag ad: signed, and validated"),
    Try("nowhere.example.com", "NXDOMAIN", True, "with ad: that it does not exist is proven too"),
    Try("www.example.net", "NOERROR", False, "without ad: the zone is not signed"),
    Try("www.expired.example", "SERVFAIL", False, "its signatures have expired; EDE says so"),
    Try("www.expired.example", "NOERROR", False, "for who checks himself (CD)", is_cd=True),
    Try("www.wrong-data.example", "SERVFAIL", False, "somebody forged the address"),
    Try("www.slow-500.misbehaving.example", "NOERROR", False, "late, then at once: the cache"),
    Try("www.truncated.misbehaving.example", "NOERROR", False, "over TCP"),
    Try("www.dead.example", "SERVFAIL", False, "after 4 s: nobody answers there"),
)


def commands(port: int) -> list[tuple[str, str]]:
    """Return for each try the command to type, and what it shows; with dig, else with drill."""
    tool = _dig if shutil.which("dig") else _drill
    return [(tool(port, each), f"{each.rcode}, {each.why}") for each in TRIES]


def _dig(port: int, each: Try) -> str:
    return f"dig @127.0.0.1 -p {port} +dnssec {'+cd ' if each.is_cd else ''}{each.qname}"


def _drill(port: int, each: Try) -> str:
    path = find_tool("drill")
    command = str(path) if shutil.which("drill") is None else "drill"
    if path.is_relative_to(CACHE):
        libraries = tool_environment()["LD_LIBRARY_PATH"]
        command = f"env LD_LIBRARY_PATH={os.path.relpath(libraries)} {os.path.relpath(path)}"
    return f"{command} -p {port} -D {'-o CD ' if each.is_cd else ''}{each.qname} @127.0.0.1"
