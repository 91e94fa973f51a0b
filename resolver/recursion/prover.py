# SPDX-License-Identifier: Apache-2.0
"""Asks a child process what libunbound thinks of a configuration, before this process loads it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from resolver.errors import ResolverError
from resolver.recursion import complaints, defaults
from resolver.recursion.complaints import Outcome
from resolver.recursion.configuration import Complaint, Rendered

TIMEOUT_S = 20.0
_CODE = "import sys; sys.path[:] = sys.argv[1:]; from resolver.recursion.prove import main; main()"


class Prover:
    """A child process with libunbound in it, in a `with` block; it ends with the block.

    Each question comes in two forms: one to await, and `..._now`, which blocks (`rootward check`).
    Starts no thread. `command` is what is run, for tests.
    """

    def __init__(self, command: Sequence[str] | None = None, timeout_s: float = TIMEOUT_S) -> None:
        self._command = command or _command()
        self._timeout_s = timeout_s

    def __enter__(self) -> "Prover":
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._stderr = os.memfd_create("prover-stderr")
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                start_new_session=True,  # Ctrl-C is ours to handle
            )
        except OSError as error:
            ours.close()
            os.close(self._stderr)
            raise ResolverError(f"cannot start {self._command[0]}: {error.strerror}") from error
        finally:
            theirs.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
        # It has nothing left to do, and a fork that hangs is in its group: both end here.
        os.killpg(self._process.pid, 9)
        self._process.wait()
        os.close(self._stderr)

    async def probe(self) -> frozenset[str]:
        """Return which of our optional options the linked libunbound knows."""
        return known(await self._ask(probes()))

    def probe_now(self) -> frozenset[str]:
        """Return which of our optional options the linked libunbound knows."""
        return known(self._ask_now(probes()))

    async def prove(self, rendered: Sequence[Rendered]) -> list[list[Complaint]]:
        """Return for each configuration what is wrong: empty if it may be loaded.

        Raises ResolverError if the child fails for reasons of its own, or takes over 20 s.
        """
        return told(rendered, await self._ask([each.text for each in rendered]))

    def prove_now(self, rendered: Sequence[Rendered]) -> list[list[Complaint]]:
        """Return for each configuration what is wrong; see `prove`."""
        return told(rendered, self._ask_now([each.text for each in rendered]))

    async def _ask(self, texts: Sequence[bytes]) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        self._socket.setblocking(False)
        received = bytearray()
        try:
            async with asyncio.timeout(self._timeout_s):
                for text in texts:  # one at a time: neither side can fill the other's buffer
                    before = received.count(b"\n")
                    await loop.sock_sendall(self._socket, _frame(text))
                    while received.count(b"\n") == before:
                        received += self._some(await loop.sock_recv(self._socket, 1 << 16))
        except TimeoutError as error:
            raise self._late() from error
        except OSError as error:
            raise self._failed() from error
        return _outcomes(received)

    def _ask_now(self, texts: Sequence[bytes]) -> list[Outcome]:
        end = time.monotonic() + self._timeout_s
        received = bytearray()
        try:
            for text in texts:
                before = received.count(b"\n")
                self._socket.settimeout(max(0.001, end - time.monotonic()))
                self._socket.sendall(_frame(text))
                while received.count(b"\n") == before:
                    self._socket.settimeout(max(0.001, end - time.monotonic()))
                    received += self._some(self._socket.recv(1 << 16))
        except TimeoutError as error:
            raise self._late() from error
        except OSError as error:
            raise self._failed() from error
        return _outcomes(received)

    def _some(self, octets: bytes) -> bytes:
        if not octets:
            raise self._failed()
        return octets

    def _late(self) -> ResolverError:
        return ResolverError(f"libunbound took over {self._timeout_s:g} s for its configuration")

    def _failed(self) -> ResolverError:
        said = os.pread(self._stderr, 1 << 16, 0).decode("utf-8", "replace").strip()
        last = said.splitlines()[-1] if said else "it said nothing"
        return ResolverError(f"the process that tries libunbound's configuration failed: {last}")


def _command() -> list[str]:
    """Return how to run the child: without `site`, which costs a third of its start.

    It is given this process's module path in its place, so it finds the same code.
    """
    home = str(Path(__file__).resolve().parents[2])
    return [sys.executable, "-I", "-S", "-c", _CODE, *filter(None, sys.path), home]


def _frame(text: bytes) -> bytes:
    return b"%d\n%b" % (len(text), text)


def _outcomes(received: bytearray) -> list[Outcome]:
    return [Outcome(**json.loads(line)) for line in received.splitlines()]


def told(rendered: Sequence[Rendered], outcomes: Iterable[Outcome]) -> list[list[Complaint]]:
    """Return what is wrong with each configuration, by what became of it."""
    return [
        [*each.complaints, *complaints.explain(each, outcome)]
        for each, outcome in zip(rendered, outcomes, strict=True)
    ]


def probes() -> list[bytes]:
    """Return a text for each optional option, in the order of their names."""
    statements = {name: f'{name}: "{value}"' for name, value in defaults.OPTIONAL.items()}
    statements[defaults.NSEC_FIXED] = defaults.NSEC_PROBE
    return [f"server:\n    {statements[name]}\n".encode() for name in sorted(statements)]


def known(outcomes: Iterable[Outcome]) -> frozenset[str]:
    """Return which optional options libunbound knows, by what became of `probes()`."""
    names = sorted([*defaults.OPTIONAL, defaults.NSEC_FIXED])
    return frozenset(name for name, outcome in zip(names, outcomes, strict=True) if outcome.is_good)
