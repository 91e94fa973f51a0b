# SPDX-License-Identifier: Apache-2.0
"""Asking a resolver many questions at a time, and saying in short what it answered."""

import os
import selectors
import socket
from collections.abc import Callable, Iterable, Iterator

import dns.flags
import dns.message
import dns.rcode

from tests.serve import PATIENCE_S, Running, query_message

COREFILE = """\
. {
    bind 127.0.0.1
    loadbalance
    cache
    unbound {
        %s
    }
}
"""
BATCH = 64  # datagrams that the server takes at a time; a socket holds more

Resolve = Callable[..., Running]


def short(response: dns.message.Message) -> str:
    """Return RCODE, number of answers, AD and the INFO-CODEs: `NOERROR 1 ad`, `SERVFAIL 0 22`."""
    assert response.flags & dns.flags.QR
    words = [dns.rcode.to_text(response.rcode()), str(len(response.answer))]
    words += ["ad"] if response.flags & dns.flags.AD else []
    words += [str(int(ede.code)) for ede in response.extended_errors()]
    return " ".join(words)


class Crowd:
    """Clients over UDP: questions that are asked now, answers that are read later.

    Each has its socket and asks BATCH questions, so that no answer is lost while nobody reads.
    """

    def __init__(self, server: Running) -> None:
        self._server = server
        self._clients: list[socket.socket] = []
        self._ready = selectors.DefaultSelector()
        self._asked = 0

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self._ready.close()
        for client in self._clients:
            client.close()

    def ask(self, questions: Iterable[str]) -> None:
        """Ask, each question with an ID of its own; the server has them all when this returns."""
        for question in questions:
            if self._asked % BATCH == 0:
                self._settle()
                self._clients.append(self._server.udp())
                self._ready.register(self._clients[-1], selectors.EVENT_READ)
            octets = query_message(question, edns=True, id=self._asked).to_wire()
            self._clients[-1].send(octets)
            self._asked += 1
        self._settle()

    def answers(self) -> Iterator[dns.message.Message]:
        """Yield an answer for each question."""
        waiting = set(range(self._asked))
        while waiting:
            ready = self._ready.select(PATIENCE_S)
            assert ready, f"{len(waiting)} of {self._asked} questions have no answer"
            for key, _ in ready:
                response = dns.message.from_wire(os.read(key.fd, 65535))
                waiting.remove(response.id)
                yield response

    def _settle(self) -> None:
        """Let the server read what was sent."""
        for _ in range(2):
            self._server.call(lambda: None)
