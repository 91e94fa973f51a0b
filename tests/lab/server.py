# SPDX-License-Identifier: Apache-2.0
"""The lab's resolver: the command itself, with a Corefile that sends it to the mini internet."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.exception
import dns.message
import dns.query

from tests.internet import Internet
from tests.internet.world import CHECKOUT
from tests.namespace import can_bind

START_LIMIT_S = 30.0
_RETRY_S = 0.1


class LabError(Exception):
    """The lab cannot start."""


class Server:
    """Rootward on a port of 127.0.0.1, from `with` to its end; it dies with its parent.

    log: where its output goes, None for the terminal.
    """

    def __init__(self, internet: Internet, port: int, log: Path | None) -> None:
        self.corefile = internet.folder / "Corefile"
        self._internet = internet
        self._port = port
        self._log = log

    def __enter__(self) -> Self:
        if not can_bind("127.0.0.1", self._port):
            raise LabError(f"port {self._port} of 127.0.0.1 cannot be bound: try another (--port)")
        self.corefile.write_text(_corefile(self._internet, self._port, is_logging=not self._log))
        command = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "resolver"]
        output = self._log.open("w") if self._log is not None else None
        self._process = subprocess.Popen(
            [*command, "-quiet", "-conf", str(self.corefile)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            start_new_session=True,  # a Ctrl-C is for us; we end it
        )
        if output is not None:
            output.close()
        try:
            self._wait_until_up()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def wait(self) -> int:
        """Return its exit status once it has ended, of which nobody has asked it."""
        return self._process.wait()

    def _end(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                self._process.send_signal(number)
                try:
                    self._process.wait(10)
                except subprocess.TimeoutExpired:
                    continue

    def _wait_until_up(self) -> None:
        query = dns.message.make_query("localhost.", "A")
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit:
            try:
                dns.query.udp(query, "127.0.0.1", _RETRY_S, self._port)
            except (OSError, dns.exception.DNSException):
                try:
                    self._process.wait(_RETRY_S)
                except subprocess.TimeoutExpired:
                    continue
                break
            if self._process.poll() is None:
                return
        said = self._log.read_text().strip() if self._log is not None else "see above"
        raise LabError(f"rootward does not come up: {said}")


def _corefile(internet: Internet, port: int, *, is_logging: bool) -> str:
    directives = ["bind 127.0.0.1", "errors", "log" if is_logging else "", "loadbalance", "cache"]
    properties = [f"    {line}" for line in internet.unbound_properties.splitlines()]
    lines = [*filter(None, directives), "unbound {", *properties, "}"]
    return "\n".join([f".:{port} {{", *(f"    {line}" for line in lines), "}", ""])
