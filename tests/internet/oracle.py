# SPDX-License-Identifier: Apache-2.0
"""Another resolver to compare with: libunbound through ctypes, in a process of its own.

It reads JSON from standard input, {"options": {}, "anchor": path, "questions": [[qname, qtype]]},
and writes a list of verdicts. It is a separate process because libunbound keeps options in
variables of the process, and it shares nothing with the product: neither code nor address space.

    python -m tests.internet.oracle
"""

import ctypes
import ctypes.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.rcode
import dns.rdatatype

from tests.internet.world import CHECKOUT, Internet


@dataclass(frozen=True, slots=True)
class Verdict:
    """What libunbound makes of one question; data is in presentation form, with the lowest TTL."""

    rcode: str
    validation: str
    why_bogus: str
    data: tuple[str, ...]
    ttl: int


class _Result(ctypes.Structure):
    """struct ub_result of unbound.h."""

    _fields_ = (
        ("qname", ctypes.c_char_p),
        ("qtype", ctypes.c_int),
        ("qclass", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("len", ctypes.c_void_p),
        ("canonname", ctypes.c_char_p),
        ("rcode", ctypes.c_int),
        ("answer_packet", ctypes.c_void_p),
        ("answer_len", ctypes.c_int),
        ("havedata", ctypes.c_int),
        ("nxdomain", ctypes.c_int),
        ("secure", ctypes.c_int),
        ("bogus", ctypes.c_int),
        ("why_bogus", ctypes.c_char_p),
        ("was_ratelimited", ctypes.c_int),
        ("ttl", ctypes.c_int),
    )


def resolve(internet: Internet, questions: Sequence[tuple[str, str]]) -> list[Verdict]:
    """Return libunbound's verdict on each question, asked one after the other with a warm cache."""
    options = {
        "root-hints:": str(internet.root_hints),
        "do-not-query-localhost:": "no",
        "do-ip6:": "yes" if internet.has_ipv6 else "no",
    }
    job = {"options": options, "anchor": str(internet.trust_anchor), "questions": questions}
    done = subprocess.run(
        [sys.executable, "-m", "tests.internet.oracle"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [Verdict(**{**row, "data": tuple(row["data"])}) for row in json.loads(done.stdout)]


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("unbound") or "libunbound.so.8")
    library.ub_ctx_create.restype = ctypes.c_void_p
    library.ub_strerror.restype = ctypes.c_char_p
    return library


def _must(library: ctypes.CDLL, status: int) -> None:
    if status != 0:
        raise RuntimeError(library.ub_strerror(status).decode())


def _ask(
    library: ctypes.CDLL, context: ctypes.c_void_p, qname: str, qtype: str
) -> dict[str, object]:
    answer = ctypes.POINTER(_Result)()
    rdtype = int(dns.rdatatype.from_text(qtype))
    _must(library, library.ub_resolve(context, qname.encode(), rdtype, 1, ctypes.byref(answer)))
    result = answer.contents
    data: list[str] = []
    ttl = 0
    if result.answer_packet:
        message = dns.message.from_wire(ctypes.string_at(result.answer_packet, result.answer_len))
        ttl = min((rrset.ttl for rrset in message.answer + message.authority), default=0)
        data = [
            rdata.to_text() for rrset in message.answer if rrset.rdtype == rdtype for rdata in rrset
        ]
    validation = "bogus" if result.bogus else "secure" if result.secure else "insecure"
    return {
        "rcode": dns.rcode.to_text(dns.rcode.Rcode(result.rcode)),
        "validation": validation,
        "why_bogus": (result.why_bogus or b"").decode(errors="replace"),
        "data": sorted(data),
        "ttl": ttl,
    }


def main() -> None:
    """Do the job on standard input."""
    job = json.load(sys.stdin)
    library = _load()
    context = ctypes.c_void_p(library.ub_ctx_create())
    for option, value in job["options"].items():
        _must(library, library.ub_ctx_set_option(context, option.encode(), value.encode()))
    _must(library, library.ub_ctx_add_ta_file(context, str(Path(job["anchor"])).encode()))
    json.dump(
        [_ask(library, context, qname, qtype) for qname, qtype in job["questions"]], sys.stdout
    )


if __name__ == "__main__":
    main()
