# SPDX-License-Identifier: Apache-2.0
"""Another resolver to compare with: Debian's python3-unbound, in a process of its own.

The system's Python runs this file, and nothing of the product is imported, dnspython neither. It
reads JSON from standard input, {"options": {}, "anchor": path, "questions": [[qname, qtype]]}, and
writes what became of each question: the message in hexadecimal, and what the validator says.
"""

import json
import sys

import unbound  # type: ignore[import-not-found]  # of the system's Python


def main() -> None:
    """Do the job on standard input."""
    job = json.load(sys.stdin)
    context = unbound.ub_ctx()
    for option, value in job["options"].items():
        must(context.set_option(option, value))
    must(context.add_ta_file(job["anchor"]))
    json.dump([ask(context, qname, qtype) for qname, qtype in job["questions"]], sys.stdout)


def must(status: int) -> None:
    """Raise RuntimeError unless libunbound is content."""
    if status != 0:
        raise RuntimeError(unbound.ub_strerror(status))


def ask(context: unbound.ub_ctx, qname: str, qtype: int) -> dict[str, object]:
    """Return message and validation state for one question."""
    status, result = context.resolve(qname, qtype, unbound.RR_CLASS_IN)
    must(status)
    state = "BOGUS" if result.bogus else "SECURE" if result.secure else "INSECURE"
    return {"rcode": result.rcode, "state": state, "wire": (result.packet or b"").hex()}


if __name__ == "__main__":
    main()
