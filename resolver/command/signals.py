# SPDX-License-Identifier: Apache-2.0
"""Signals, as CoreDNS takes them, but for the order of an end.

SIGINT, SIGTERM: an end in order; a second SIGINT: at once. SIGQUIT: at once. SIGUSR1: a reload.
SIGHUP: nothing.
"""

import asyncio
import logging
import signal
from collections.abc import Callable

_log = logging.getLogger("server")

_ENDS = {
    signal.SIGINT: "SIGINT: Shutting down",
    signal.SIGTERM: "SIGTERM: Shutting down servers then terminating",
}
_NO_UPGRADE = "SIGUSR2: there is no upgrade of the running program; restart it"


class Signals:
    """The process's signals while the event loop runs.

    `end_now` is called with the exit status to end with at once.
    """

    def __init__(self, end_now: Callable[[int], None]) -> None:
        self._end_now = end_now
        self._ending = asyncio.Event()
        self._reloading = asyncio.Event()
        self._was_interrupted = False
        self._was_told = False

    def install(self) -> None:
        """Take the signals over. In the main thread, with the loop running."""
        loop = asyncio.get_running_loop()
        for number in (*_ENDS, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
            loop.add_signal_handler(number, self.receive, number)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def ending(self) -> None:
        """Return once an end was asked for."""
        await self._ending.wait()

    async def reloading(self) -> None:
        """Return once a reload was asked for, since this was called last or before."""
        await self._reloading.wait()
        self._reloading.clear()

    def receive(self, number: signal.Signals) -> None:
        """Do what a signal asks for."""
        if number == signal.SIGUSR1:
            _log.info("SIGUSR1: Reloading")
            self._reloading.set()
        elif number == signal.SIGUSR2:
            if not self._was_told:
                self._was_told = True
                _log.warning(_NO_UPGRADE)
        elif number == signal.SIGQUIT:
            _log.info("SIGQUIT: Quitting process immediately")
            self._end_now(0)
        elif number == signal.SIGINT and self._was_interrupted:
            _log.info("SIGINT: Force quit")
            self._end_now(2)
        else:
            self._was_interrupted |= number == signal.SIGINT
            if not self._ending.is_set():
                _log.info(_ENDS[number])
                self._ending.set()
