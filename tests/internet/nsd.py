# SPDX-License-Identifier: Apache-2.0
"""One NSD process: its configuration, its start, its end."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import dns.message

from tests.internet.tools import find_tool, tool_environment

START_LIMIT_S = 20.0
_RETRY_S = 0.02


class Nsd:
    """An authoritative server in the foreground, its files in one folder, run as ourselves.

    It dies with the thread that started it, so that a killed test run leaves nothing behind.
    """

    def __init__(self, folder: Path, addresses: Sequence[str], zones: Mapping[str, str]) -> None:
        """Write the files and start; zones are texts by name. Call wait() before asking."""
        self.addresses = tuple(addresses)
        self._log = folder / "nsd.log"
        self._zone = next(iter(zones))
        folder.mkdir()
        for number, text in enumerate(zones.values()):
            (folder / f"{number}.zone").write_text(text)
        config = folder / "nsd.conf"
        config.write_text(_config(folder, addresses, list(zones)))
        command = ["setpriv", "--pdeathsig", "TERM", str(find_tool("nsd")), "-d", "-c", str(config)]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=tool_environment(), start_new_session=True
            )

    def wait(self) -> None:
        """Return when the server answers on each address. Raises OSError if it does not come up."""
        limit = time.monotonic() + START_LIMIT_S
        query = dns.message.make_query(self._zone, "SOA").to_wire()
        for address in self.addresses:
            while not _answers(address, query):
                if self._process.poll() is not None or time.monotonic() > limit:
                    raise OSError(f"nsd on {address} does not start: {self._log.read_text()}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and those it made."""
        os.killpg(self._process.pid, number)

    def stop(self) -> None:
        """End the process and those it made."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)


def _answers(address: str, query: bytes) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect((address, 53))
            probe.send(query)
            ready, _, _ = select.select([probe], [], [], _RETRY_S)
            return bool(ready) and len(probe.recv(512)) > 12
        except ConnectionRefusedError:
            select.select([], [], [], _RETRY_S)
            return False


def _config(folder: Path, addresses: Sequence[str], zones: Sequence[str]) -> str:
    lines = [
        "server:",
        "  server-count: 1",
        '  username: ""',
        '  chroot: ""',
        "  hide-version: yes",
    ]
    lines += [f"  ip-address: {address}@53" for address in addresses]
    for option, name in (("zonesdir", ""), ("xfrdfile", "xfrd.state"), ("pidfile", "nsd.pid")):
        lines.append(f'  {option}: "{folder / name}"')
    lines += [
        '  database: ""',
        f'  zonelistfile: "{folder / "zone.list"}"',
        f'  xfrdir: "{folder}"',
    ]
    # a resolver under test asks faster than NSD's limit for one client allows
    lines += ["  rrl-ratelimit: 0", "  rrl-whitelist-ratelimit: 0", "  tcp-count: 500"]
    lines += ["remote-control:", "  control-enable: no"]
    for number, zone in enumerate(zones):
        lines += ["zone:", f'  name: "{zone}"', f'  zonefile: "{number}.zone"']
    return "\n".join(lines) + "\n"
