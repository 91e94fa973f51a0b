# SPDX-License-Identifier: Apache-2.0
"""What the bridge costs: CPU and time per question that libunbound answers from its cache.

`python -m bench.bridge [QUESTIONS]` asks for a name whose one answer this program gave. First in
batches, as many in flight as a drain takes, which gives the CPU per question of both threads; then
one at a time, which gives the round trip between the threads. Prints one line each.
"""

import select
import socket
import statistics
import sys
import time

import dns.flags
import dns.message
import dns.rrset

from resolver.recursion.bridge import Bridge
from resolver.types import Submission

BATCH = 256
QUESTION = Submission(0, b"\x03www\x07example\x03org\x00", 1, 1)


def fill_cache(bridge: Bridge) -> None:
    """Have libunbound cache the answer, as the authority that its configuration names."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as authority:
        authority.bind(("127.0.0.1", 0))
        authority.settimeout(10)
        bridge.reconfigure(
            b"server:\n do-not-query-localhost: no\n do-ip6: no\n qname-minimisation: no\n"
            b"stub-zone:\n name: example.org\n stub-addr: 127.0.0.1@%d\n"
            % authority.getsockname()[1]
        )
        bridge.submit([QUESTION])
        wire, resolver = authority.recvfrom(4096)
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        name = query.question[0].name
        response.answer = [dns.rrset.from_text(name, 86400, "IN", "A", "192.0.2.1")]
        authority.sendto(response.to_wire(), resolver)
        select.select([bridge], [], [], 10)
        (result,) = bridge.drain()
        if result.rcode != 0:
            raise SystemExit(f"libunbound did not take the answer: rcode {result.rcode}")


def in_batches(bridge: Bridge, questions: int) -> str:
    """Return the cost of questions submitted and drained in batches."""
    ready = select.poll()
    ready.register(bridge.fileno(), select.POLLIN)
    batch = [QUESTION] * BATCH
    done = 0
    start, process, python = time.perf_counter(), time.process_time(), time.thread_time()
    for _ in range(questions // BATCH):
        bridge.submit(batch)
        left = BATCH
        while left:
            ready.poll()
            left -= len(bridge.drain())
        done += BATCH
    wall, process, python = (
        (time.perf_counter() - start) / done * 1e6,
        (time.process_time() - process) / done * 1e6,
        (time.thread_time() - python) / done * 1e6,
    )
    return (
        f"batches of {BATCH}: {process:.2f} us CPU a question, of these {python:.2f} in Python's "
        f"thread and {process - python:.2f} in the resolver thread; {1e6 / wall:,.0f} questions/s"
    )


def one_at_a_time(bridge: Bridge, questions: int) -> str:
    """Return the time from submit to drain of single questions."""
    ready = select.poll()
    ready.register(bridge.fileno(), select.POLLIN)
    took = []
    for _ in range(questions):
        start = time.perf_counter()
        bridge.submit([QUESTION])
        while not bridge.drain():
            ready.poll()
        took.append((time.perf_counter() - start) * 1e6)
    cuts = statistics.quantiles(took, n=100)
    return f"one at a time: round trip median {cuts[49]:.0f} us, 99th percentile {cuts[98]:.0f} us"


def main() -> None:
    """Measure and print."""
    questions = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    bridge = Bridge()
    try:
        fill_cache(bridge)
        print(in_batches(bridge, questions))
        print(one_at_a_time(bridge, questions // 20))
    finally:
        bridge.close()


if __name__ == "__main__":
    main()
