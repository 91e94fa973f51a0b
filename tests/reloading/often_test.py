# SPDX-License-Identifier: Apache-2.0
"""Reloads without a pause, while hits, misses and questions for a chain come: nothing is lost."""

import threading
from collections import Counter
from pathlib import Path

import dns.message
import dns.rcode

from tests.internet import Internet
from tests.serve import Running, query_message, serving

RELOADS = 24
WARM = 12  # reloads until what is made once is made
GROWTH_KIB = 8192
NAMES = 512  # that are never cached: what is known of names grows no more after them

# A hit, a miss, and a question that the chain claims.
_KINDS = ("www.example.org. A", "n{name}.ttl0.normal.misbehaving.example. A", "claimed.test. A")


def corefile(internet: Internet, number: int) -> str:
    """Return one of two Corefiles that differ in all that a plan has, and have one recursion."""
    more = ("errors", "acl {\n  block net 203.0.113.0/24\n }")
    return f""".:0 {{
        bind 127.0.0.1
        {more[number % 2]}
        cache
        template IN A claimed.test {{
            answer "{{{{ .Name }}}} 60 IN A 192.0.2.{1 + number % 2}"
        }}
        unbound {{
            {internet.unbound_properties}
        }}
    }}"""


class Load:
    """One client for each kind of question, eight at a time, until `ended`."""

    def __init__(self, server: Running) -> None:
        self.ended = threading.Event()
        self.asked: Counter[str] = Counter()
        self.rcodes: Counter[str] = Counter()
        self._server = server
        self._threads = [threading.Thread(target=self._ask, args=(kind,)) for kind in _KINDS]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, kind: str) -> None:
        count = 0
        with self._server.udp() as sock:
            while not self.ended.is_set():
                ids = set(range(count, count + 8))
                for each in sorted(ids):
                    question = kind.format(name=each % NAMES)
                    sock.send(query_message(question, id=each & 0xFFFF).to_wire())
                self.asked[kind] += 8
                for _ in range(8):
                    answer = dns.message.from_wire(sock.recv(4096))
                    ids.discard(answer.id | count & ~0xFFFF)
                    self.rcodes[dns.rcode.to_text(answer.rcode())] += 1
                assert not ids or count & 0xFFFF > 0xFFF0
                count += 8


def resident_kib() -> int:
    """Return the memory that the process has."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_reloads_without_a_pause_lose_no_query(internet: Internet, engine: str) -> None:
    """Each query is answered, once, and what a plan had is given back with its last query."""
    with serving(corefile(internet, 0), engine) as server, Load(server) as load:
        for number in range(RELOADS):
            server.reload(corefile(internet, number + 1))
            internet.reset_queries()  # or there is no room for those of other tests
            if number == WARM:
                before = resident_kib()
        grown = resident_kib() - before
        load.ended.set()
    internet.reset_queries()
    assert sum(load.rcodes.values()) == sum(load.asked.values())
    assert all(load.asked[kind] > RELOADS for kind in _KINDS)
    assert load.rcodes.keys() == {"NOERROR"}
    assert grown < GROWTH_KIB
