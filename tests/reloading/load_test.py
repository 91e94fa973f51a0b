# SPDX-License-Identifier: Apache-2.0
"""Reloads under load: no query is lost."""

import threading
from collections import Counter

import dns.message
import pytest

from resolver.errors import ResolverError
from tests.reloading.house import corefile, word
from tests.serve import Running, query_message


def test_a_reload_under_load_loses_no_query(server: Running) -> None:
    """Every query is answered once, by one chain or the other, while good and bad ones come."""
    asked = [0] * 4
    answered: list[Counter[str]] = [Counter() for _ in asked]
    ended = threading.Event()

    def load(number: int) -> None:
        query = query_message("a.example. TXT")
        with server.udp() as sock:
            while not ended.is_set():
                for _ in range(8):
                    query.id = asked[number] & 0xFFFF
                    sock.send(query.to_wire())
                    asked[number] += 1
                ids = set()
                for _ in range(8):
                    answer = dns.message.from_wire(sock.recv(512))
                    ids.add(answer.id)
                    answered[number][word(answer)] += 1
                assert len(ids) == 8

    threads = [threading.Thread(target=load, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    try:
        for number in range(10):
            server.reload(corefile("two" if number % 2 else "one"))
            with pytest.raises(ResolverError):
                server.reload(corefile("x started"))
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    words = sum(answered, Counter())
    assert sum(words.values()) == sum(asked) > 0
    assert words["one"] and words["two"]
    assert words.keys() <= {"one", "two", "x"}
