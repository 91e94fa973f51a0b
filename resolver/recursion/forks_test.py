# SPDX-License-Identifier: Apache-2.0
"""Configurations tried by the real libunbound in forks of this process; see also prover_test."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from resolver import ffi
from resolver.errors import ResolverError
from resolver.recursion import anchors
from resolver.recursion.complaints import Outcome
from resolver.recursion.configuration import Rendered
from resolver.recursion.defaults import Environment
from resolver.recursion.forks import Forks
from resolver.recursion.prover import Prover
from resolver.recursion.samples_test import rendered
from resolver.recursion.settings import Where

BAD = Rendered(b"server:\n stub-addr: 192.0.2.1\n", (None, None), Where("C", 1), (), (), (), {})


def test_says_what_the_prover_says() -> None:
    """The optional options, good texts and bad ones: all is told as by the child process."""
    with Prover() as prover:
        known = prover.probe_now()
        environment = Environment(1024, known=known, anchors=anchors.shipped())
        lines = ("verbosity 0", "do-ip4 maybe", "nosuch 1", "private-address foo", "local-zone a x")
        texts = [rendered(f"option {line}", environment=environment) for line in lines]
        texts[1:1] = [BAD, BAD]
        want = prover.prove_now(texts)
    assert asyncio.run(Forks().probe()) == known
    assert asyncio.run(Forks().prove(texts)) == want
    assert [len(found) for found in want] == [0, 1, 1, 1, 1, 1, 1]


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which the process ID of each fork comes."""
    pids: list[int] = []

    def fork(text: bytes, complaints: int, result: int) -> int:
        pids.append(real(text, complaints, result))
        return pids[-1]

    real = ffi.fork_configuration
    monkeypatch.setattr(ffi, "fork_configuration", fork)
    return pids


def test_leaves_nothing_behind(forked: list[int]) -> None:
    """Neither a descriptor nor a process, and signals come as before."""
    masked, before = signal.pthread_sigmask(signal.SIG_BLOCK, ()), descriptors()
    asyncio.run(Forks().prove([BAD, rendered()]))
    assert descriptors() == before
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == masked
    assert [Path(f"/proc/{pid}").exists() for pid in forked] == [False, False]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_fork_that_hangs(tmp_path: Path, forked: list[int]) -> None:
    """It is an error within the time-out, and the fork is ended: here it waits for a FIFO."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    octets = f'server:\n trust-anchor-file: "{fifo}"\n'.encode()
    text = Rendered(octets, (None, None), Where("C", 1), (), (), (), {})
    with pytest.raises(ResolverError, match=r"took over 0\.1 s"):
        asyncio.run(Forks(0.1).prove([text]))
    assert [Path(f"/proc/{pid}").exists() for pid in forked] == [False]


@pytest.mark.parametrize(
    ("how", "want"),
    [
        pytest.param("exit", Outcome(3, None, "", ""), id="libunbound ends the process"),
        pytest.param("kill", Outcome(-9, None, "", ""), id="it is killed"),
    ],
)
def test_a_fork_that_ends(how: str, want: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork without an outcome is told by its exit status, and is not good."""

    def fork(text: bytes, complaints: int, result: int) -> int:
        pid = os.fork()
        if pid == 0:
            os._exit(3) if how == "exit" else os.kill(os.getpid(), signal.SIGKILL)
        return pid

    monkeypatch.setattr("resolver.ffi.fork_configuration", fork)
    assert asyncio.run(Forks()._try(b"")) == want
    assert not want.is_good


def test_no_fork_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error that says why."""

    def fork(text: bytes, complaints: int, result: int) -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("resolver.ffi.fork_configuration", fork)
    with pytest.raises(ResolverError, match=r"cannot try .*Resource temporarily unavailable"):
        asyncio.run(Forks().probe())
