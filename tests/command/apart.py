# SPDX-License-Identifier: Apache-2.0
"""A command apart: in a network of its own whose low ports are closed, as root's to give up."""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.command.running import PATIENCE_S, ROOT, Command
from tests.mounts import CLONE_NEWNET, open_way_to, unshare

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_ASK = """
import sys, dns.message, dns.query
query = dns.message.make_query("example.org.", "A")
for ask in (dns.query.udp, dns.query.tcp):
    print(ask(query, "127.0.0.1", port=int(sys.argv[1]), timeout=20).rcode())
"""


def enter() -> None:
    """Leave the network of the tests, with groups to lose; another user may read the checkout."""
    unshare(CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    open_way_to(ROOT)
    os.setgroups([0, 1])


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a folder that everybody may read, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def ask(command: Command, port: int) -> list[str]:
    """Return the RCODEs of an answer over UDP and one over TCP, asked in the command's network."""
    network = f"--net=/proc/{command.process.pid}/ns/net"
    done = subprocess.run(
        ["nsenter", network, sys.executable, "-c", _ASK, str(port)],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=True,
    )
    return done.stdout.split()


def status(command: Command) -> list[dict[str, str]]:
    """Return what the kernel tells of each thread of the command: its status, by field."""
    tasks = Path(f"/proc/{command.process.pid}/task")
    found = [(task / "status").read_text() for task in tasks.iterdir()]
    lines = [[line.partition(":") for line in text.splitlines()] for text in found]
    return [{name: " ".join(value.split()) for name, _, value in each} for each in lines]
