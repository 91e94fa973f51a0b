# SPDX-License-Identifier: Apache-2.0
"""What a service manager is told of the process: sd_notify(3) and sd_watchdog_enabled(3).

It is one datagram of lines to the socket that NOTIFY_SOCKET names, so no library is needed.

    READY=1 ... RELOADING=1, READY=1 ... STOPPING=1      and WATCHDOG=1 twice in each WATCHDOG_USEC

The watchdog's timer is the event loop's: a loop that is blocked is missed.
"""

import logging
import socket
import time
from collections import deque
from collections.abc import Callable, MutableMapping
from typing import NamedTuple

from resolver.clock import Clock, Timer
from resolver.errors import reason

RETRY_MS = 100  # when the manager has too many datagrams to read

_log = logging.getLogger("server")


class Manager(NamedTuple):
    """The service manager: where it listens, and how long it waits for a sign of life.

    An empty address: there is none. 0 milliseconds: it waits for nothing.
    """

    address: str = ""
    watchdog_ms: int = 0


def take_manager(environment: MutableMapping[str, str], pid: int) -> Manager:
    """Return who manages the process `pid`, out of its environment.

    What was read is taken out: it is not meant for programs that we start.
    """
    address = environment.pop("NOTIFY_SOCKET", "")
    timeout_us = environment.pop("WATCHDOG_USEC", "")
    watched = environment.pop("WATCHDOG_PID", "") or str(pid)
    if not address.startswith(("/", "@")):
        if address:
            _log.warning("NOTIFY_SOCKET=%s is no Unix socket, nobody is notified", address)
        return Manager()
    if not timeout_us or watched != str(pid):
        return Manager(address)
    if not (timeout_us.isascii() and timeout_us.isdigit() and int(timeout_us) > 0):
        _log.warning("WATCHDOG_USEC=%s is no time, there is no watchdog", timeout_us)
        return Manager(address)
    return Manager(address, max(1, int(timeout_us) // 1000))


class Notifier:
    """Tells a manager. The event loop's thread only.

    `status` returns what the server does now, on one line for a person. `monotonic_us` is
    CLOCK_MONOTONIC in microseconds.
    """

    def __init__(
        self,
        manager: Manager,
        clock: Clock,
        status: Callable[[], str],
        monotonic_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
    ) -> None:
        self._manager = manager
        self._clock = clock
        self._status = status
        self._monotonic_us = monotonic_us
        self._sock: socket.socket | None = None
        if manager.address:
            self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._waiting: deque[bytes] = deque()
        self._retry: Timer | None = None
        self._beat: Timer | None = None
        self._told = ""
        self._is_missed = False

    def ready(self) -> None:
        """Tell that the server serves, for the first time or with what it was reloaded to."""
        self._tell("READY=1", *self._news())
        if self._beat is None and self._manager.watchdog_ms:
            self._wait()

    def reloading(self) -> None:
        """Tell that a reload begins; `ready` ends it, however it went."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={self._monotonic_us()}")

    def stopping(self) -> None:
        """Tell that the end begins. Until `close` there are signs of life."""
        self._tell("STOPPING=1")

    def close(self) -> None:
        """Tell nothing more."""
        for timer in (self._retry, self._beat):
            if timer is not None:
                timer.cancel()
        self._waiting.clear()
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def _wait(self) -> None:
        self._beat = self._clock.call_later(max(1, self._manager.watchdog_ms // 2), self._live)

    def _live(self) -> None:
        if not self._waiting:  # else what waits is a sign of life, once it can be read
            self._tell("WATCHDOG=1", *self._news())
        self._wait()

    def _news(self) -> list[str]:
        """Return the line of the status, if it is another than was told."""
        status = " ".join(self._status().split())
        if status == self._told:
            return []
        self._told = status
        return [f"STATUS={status}"]

    def _tell(self, *lines: str) -> None:
        if self._sock is not None:
            self._waiting.append("\n".join(lines).encode())
            self._send()

    def _send(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        address = self._manager.address
        # unix(7): a name that begins with an octet of zero is an abstract one
        where = f"\0{address[1:]}" if address.startswith("@") else address
        while self._waiting and self._sock is not None:
            try:
                self._sock.sendto(self._waiting[0], socket.MSG_DONTWAIT, where)
            except BlockingIOError:
                self._retry = self._clock.call_later(RETRY_MS, self._send)
                return
            except OSError as error:
                if not self._is_missed:
                    _log.warning("cannot notify %s: %s", address, reason(error))
                self._is_missed = True
            self._waiting.popleft()
