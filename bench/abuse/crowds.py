# SPDX-License-Identifier: Apache-2.0
"""Crowds: many queries in flight, many clients with one question, a server that was stopped."""

import os
import signal
import threading
import time
from collections import Counter

from bench.abuse.clients import Answers, Clients
from bench.abuse.floods import SILENT
from bench.abuse.honest import warm
from bench.load import Generator
from bench.rounds import Running
from bench.workloads import HIT, query
from tests.internet.world import Internet

_MIB = 1 << 20
_PATIENCE_S = 12.0
_SLOW = "slow-500.misbehaving.example."


def in_flight(on: Running, count: int) -> str:
    """Ask so many questions that have no answer: memory, and when each client hears of it."""
    clients = Clients(on.contender.port, 40)
    before = peak = on.process.rss_octets()
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, on.process.rss_octets())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        begin = time.monotonic()
        for first in range(0, count, 500):  # a burst that sockets have room for
            clients.send([query(f"q{n}.{SILENT}") for n in range(first, first + 500)])
            time.sleep(0.02)
        answers = clients.receive(count, _PATIENCE_S, begin)
    finally:
        done.set()
        watcher.join()
        clients.close()
    in_time = sum(taken <= 5.0 + 0.02 * count / 500 for taken in answers.times_s)
    return (
        f"{in_time / count:.2%} of {count:,} answered within 5 s, {_told(answers)};"
        f" memory {(peak - before) / _MIB:+.1f} MiB at most"
    )


def one_question(on: Running, internet: Internet, count: int) -> str:
    """Have so many clients ask one question, and count what reaches its server."""
    name = f"www.{_SLOW}"
    internet.reset_queries()
    clients = Clients(on.contender.port, count)
    try:
        begin = time.monotonic()
        clients.send([query(name)] * count)
        answers = clients.receive(count, _PATIENCE_S, begin)
    finally:
        clients.close()
    asked = internet.queries(name, "A")
    return f"{_told(answers)}; {asked} queries for it upstream"


def stopped(on: Running, generator: Generator, count: int, seconds: float) -> str:
    """Stop a server, ask for cached names meanwhile, let it go on: how long is its queue?"""
    warm(on, generator)
    clients = Clients(on.contender.port, 20)
    try:
        os.kill(on.process.pid, signal.SIGSTOP)
        begin = time.monotonic()
        for first in range(0, count, 100):
            clients.send(
                [query(f"n{n % HIT.names}.{HIT.below}") for n in range(first, first + 100)]
            )
            time.sleep(seconds * 100 / count)
        os.kill(on.process.pid, signal.SIGCONT)
        goes_on = time.monotonic()
        answers = clients.receive(count, 2.0, goes_on)
    finally:
        os.kill(on.process.pid, signal.SIGCONT)
        clients.close()
    return (
        f"stopped for {goes_on - begin:.1f} s: {len(answers.times_s) / count:.1%} of {count:,} "
        f"answered, the last one {answers.last_s * 1000:.0f} ms after it went on"
    )


def _told(answers: Answers) -> str:
    kinds = Counter(answers.rcodes)
    rcodes = ", ".join(f"RCODE {rcode}: {number:,}" for rcode, number in sorted(kinds.items()))
    return f"{len(answers.times_s):,} answers ({rcodes}), the last one after {answers.last_s:.1f} s"
