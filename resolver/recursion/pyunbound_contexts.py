# SPDX-License-Identifier: Apache-2.0
"""The contexts of pyunbound: made, watched, deleted, and the log that they share.

Each context works in a thread of libunbound's own and tells of results by a descriptor; an epoll
descriptor stands for all of them. Callbacks come in the thread that processes, so nothing is
locked.
"""

import ctypes
import itertools
import logging
import os
import select
from collections.abc import Callable, Iterator

from resolver.errors import ResolverError
from resolver.recursion.pyunbound_module import Callback, Context, Module, configure
from resolver.recursion.said import parse_log_line

UNASKED = 0  # the key of the question that finalises a context; its answer is of no interest


class Loaded:
    """A context with its descriptor, and how many questions it has in flight."""

    __slots__ = ("context", "fd", "in_flight", "is_replaced")

    def __init__(self, context: Context, fd: int) -> None:
        self.context = context
        self.fd = fd
        self.in_flight = 0
        self.is_replaced = False


class Contexts:
    """All contexts of the process. `on_answer` is called for each answer, within `process`."""

    def __init__(
        self, module: Module, on_answer: Callback, flush_streams: Callable[[], None] | None = None
    ) -> None:
        self.is_open = True
        self._module = module
        self._on_answer = on_answer
        self._flush_streams = flush_streams or _flusher()
        self._log = logging.getLogger("plugin/unbound")
        self._by_fd: dict[int, Loaded] = {}
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._log_read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._log_file = os.fdopen(write, "w")
        self._log_rest = b""

    def fileno(self) -> int:
        """Return the descriptor that is readable while `process` has something to do.

        Raises ResolverError after `close`.
        """
        self._check_open()
        return self._epoll.fileno()

    def load(self, text: bytes) -> Loaded:
        """Return a new context that has finalised itself with a text.

        Raises ResolverError if libunbound refuses it.
        """
        self._check_open()
        module = self._module
        context = module.ub_ctx_create()
        if context is None:
            raise ResolverError("libunbound: no context: out of memory or descriptors")
        module.ub_ctx_debugout(context, self._log_file)
        status = configure(module, context, text)
        if status == 0:
            status = module.ub_ctx_async(context, True)  # else it forks
        if status == 0:
            # Its first question finalises a context: a bad address shows only then.
            status, _ = module._ub_resolve_async(
                context, "localhost.", 1, 1, UNASKED, self._on_answer
            )
        if status != 0:
            module._ub_ctx_delete(context)
            self._keep_log()
            raise ResolverError(f"libunbound: {module.ub_strerror(status)}")
        loaded = Loaded(context, module.ub_fd(context))
        self._by_fd[loaded.fd] = loaded
        self._epoll.register(loaded.fd, select.EPOLLIN)
        return loaded

    def replace(self, loaded: Loaded) -> None:
        """Delete a context as soon as it has nothing in flight."""
        loaded.is_replaced = True
        self._delete_if_idle(loaded)

    def process(self) -> Iterator[int]:
        """Have all answers that are there called back; yields the statuses of what failed."""
        for fd, _ in self._epoll.poll(0):
            if fd == self._wake:
                os.eventfd_read(self._wake)
                continue
            loaded = self._by_fd[fd]
            status = self._module.ub_process(loaded.context)
            if status != 0:
                yield status
            self._delete_if_idle(loaded)
        self._forward_log()

    def wake_up(self) -> None:
        """Make the descriptor readable until the next `process`."""
        if self.is_open:
            os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Delete all; what they had in flight is never called back. Twice is harmless."""
        if not self.is_open:
            return
        for loaded in list(self._by_fd.values()):
            self._delete(loaded)
        self._forward_log()
        self.is_open = False
        self._epoll.close()
        os.close(self._wake)
        os.close(self._log_read)
        self._log_file.close()

    def _check_open(self) -> None:
        if not self.is_open:
            raise ResolverError("libunbound has ended")

    def _delete_if_idle(self, loaded: Loaded) -> None:
        if loaded.is_replaced and not loaded.in_flight:
            self._delete(loaded)

    def _delete(self, loaded: Loaded) -> None:
        self._epoll.unregister(loaded.fd)
        del self._by_fd[loaded.fd]
        self._module._ub_ctx_delete(loaded.context)
        self._keep_log()

    def _keep_log(self) -> None:
        """Name the log's file again: deleting a context made libunbound forget it, for all."""
        for loaded in itertools.islice(self._by_fd.values(), 1):
            self._module.ub_ctx_debugout(loaded.context, self._log_file)

    def _forward_log(self) -> None:
        self._flush_streams()
        while octets := _read(self._log_read):
            *lines, self._log_rest = (self._log_rest + octets).split(b"\n")
            for line in lines:
                level, text = parse_log_line(line)
                self._log.log(level, "libunbound: %s", text)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return b""


def _flusher() -> Callable[[], None]:
    """Return what empties C's buffers: pyunbound wraps our pipe in a stream that has one."""
    fflush = ctypes.CDLL(None).fflush

    def flush() -> None:
        fflush(None)

    return flush
