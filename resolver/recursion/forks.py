# SPDX-License-Identifier: Apache-2.0
"""Asks forks of this process what libunbound thinks of a configuration, while it has no context.

The first proof of a process is made so: a Python in a child process (`prover`), which proofs beside
running contexts take, would be a quarter of a start.
"""

import asyncio
import os
import signal
import socket
import struct
from collections.abc import Sequence

from resolver import ffi
from resolver.errors import ResolverError
from resolver.recursion.complaints import Outcome
from resolver.recursion.configuration import Complaint, Rendered
from resolver.recursion.prove import MAX_CAPTURED
from resolver.recursion.prover import TIMEOUT_S, known, probes, told

_STATUS = struct.Struct("=i")


class Forks:
    """A fork for each text, one after the other; none outlives the question. See `Prover`."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s

    async def probe(self) -> frozenset[str]:
        """Return which of our optional options the linked libunbound knows."""
        return known([await self._try(text) for text in probes()])

    async def prove(self, rendered: Sequence[Rendered]) -> list[list[Complaint]]:
        """Return for each configuration what is wrong: empty if it may be loaded.

        Raises ResolverError if there can be no fork, or one takes over 20 s.
        """
        return told(rendered, [await self._try(each.text) for each in rendered])

    async def _try(self, text: bytes) -> Outcome:
        ours, theirs = socket.socketpair()
        complaints = os.memfd_create("complaints")
        try:
            with ours, theirs:
                pid = ffi.fork_configuration(text, complaints, theirs.fileno())
                theirs.close()
                received, status = await self._end_of(pid, ours)
            said = os.pread(complaints, MAX_CAPTURED, 0).decode("utf-8", "replace")
        except TimeoutError as error:
            reason = f"libunbound took over {self._timeout_s:g} s for its configuration"
            raise ResolverError(reason) from error
        except OSError as error:
            raise ResolverError(f"cannot try libunbound's configuration: {error}") from error
        finally:
            os.close(complaints)
        head, messages = received[: _STATUS.size], received[_STATUS.size :]
        return Outcome(
            os.waitstatus_to_exitcode(status),
            _STATUS.unpack(head)[0] if len(head) == _STATUS.size else None,
            messages[:MAX_CAPTURED].decode("utf-8", "replace"),
            said,
        )

    async def _end_of(self, pid: int, ours: socket.socket) -> tuple[bytes, int]:
        """Return what a fork wrote, and its status; it is gone then, whatever happens."""
        received = bytearray()
        ours.setblocking(False)
        try:
            async with asyncio.timeout(self._timeout_s):
                while octets := await asyncio.get_running_loop().sock_recv(ours, 1 << 16):
                    received += octets
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        return bytes(received), os.waitpid(pid, 0)[1]
