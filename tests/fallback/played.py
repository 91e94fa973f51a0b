# SPDX-License-Identifier: Apache-2.0
"""The functions of pyunbound's extension, played: answers come when a test says so."""

import itertools
import os
from pathlib import Path
from typing import IO, cast

from resolver.recursion.pyunbound_module import Answer, Callback, Context

HEADER = bytes(12)


class PlayedContext:
    """A context: what it was asked, until it calls back."""

    def __init__(self) -> None:
        self.fd, self.write_fd = os.pipe()
        self.is_deleted = False
        self.waiting: dict[str, tuple[int, Callback]] = {}
        self.ready: list[tuple[int, Callback, int, Answer]] = []


class PlayedAnswer:
    """A result, alive during its callback."""

    def __init__(self, packet: bytes | None, bogus: str | None = None, secure: bool = False):
        self.packet = packet
        self.bogus = bogus
        self.secure = secure


class Played:
    """The extension's functions; answers come when a test says so."""

    def __init__(self) -> None:
        self.contexts: list[PlayedContext] = []
        self.log: IO[str] | None = None
        self.numbers = itertools.count(1)

    def answer(self, name: str, answer: PlayedAnswer | None, status: int = 0) -> None:
        """Have a question of any context answered at the next `ub_process`."""
        context = next(c for c in self.contexts if name in c.waiting)
        key, callback = context.waiting.pop(name)
        context.ready.append((key, callback, status, answer))
        os.write(context.write_fd, b"x")

    def alive(self) -> list[PlayedContext]:
        return [context for context in self.contexts if not context.is_deleted]

    def ub_version(self) -> str:
        return "1.2.3"

    def ub_strerror(self, status: int) -> str:
        return f"error {status}"

    def ub_ctx_create(self) -> Context | None:
        self.contexts.append(PlayedContext())
        return self.contexts[-1]

    def ub_ctx_config(self, context: Context, path: str) -> int:
        return -3 if Path(path).read_bytes().startswith(b"bad") else 0

    def ub_ctx_async(self, context: Context, is_thread: bool) -> int:
        assert is_thread
        return 0

    def ub_ctx_debugout(self, context: Context, file: object) -> int:
        self.log = cast(IO[str], file)
        return 0

    def ub_fd(self, context: Context) -> int:
        assert isinstance(context, PlayedContext)
        return context.fd

    def ub_process(self, context: Context) -> int:
        assert isinstance(context, PlayedContext)
        assert not context.is_deleted
        ready, context.ready = context.ready, []
        os.read(context.fd, len(ready))
        for key, callback, status, answer in ready:
            callback(key, status, answer)
        return 0

    def ub_resolve(
        self, context: Context, name: str, qtype: int, qclass: int
    ) -> tuple[int, Answer]:
        return 0, PlayedAnswer(HEADER)

    def _ub_resolve_async(
        self, context: Context, name: str, qtype: int, qclass: int, data: int, callback: Callback
    ) -> tuple[int, int]:
        assert isinstance(context, PlayedContext)
        if name == "refused.":
            return -5, 0
        context.waiting[name] = (data, callback)
        return 0, next(self.numbers)

    def _ub_ctx_delete(self, context: Context) -> None:
        assert isinstance(context, PlayedContext)
        assert not context.is_deleted
        context.is_deleted = True
        os.close(context.fd)
        os.close(context.write_fd)

    def ub_result__packet(self, answer: Answer) -> bytes | None:
        assert isinstance(answer, PlayedAnswer)
        return answer.packet

    def ub_result_secure_get(self, answer: Answer) -> int:
        assert isinstance(answer, PlayedAnswer)
        return int(answer.secure)

    def ub_result_bogus_get(self, answer: Answer) -> int:
        assert isinstance(answer, PlayedAnswer)
        return int(answer.bogus is not None)

    def ub_result_why_bogus_get(self, answer: Answer) -> str | None:
        assert isinstance(answer, PlayedAnswer)
        return answer.bogus

    def ub_result_was_ratelimited_get(self, answer: Answer) -> int:
        return 0
