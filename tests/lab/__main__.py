# SPDX-License-Identifier: Apache-2.0
"""The main job without the Internet: a signed mini internet, and Rootward that resolves on it.

Where port 53 of 127.53.0.1 can be bound, both run on this machine's own loopback, and you ask from
any shell until Ctrl-C. Elsewhere both run in a network namespace, and the lab opens a shell in it:
leave it to end the lab.
"""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from tests.internet import Internet
from tests.lab.server import LabError, Server
from tests.lab.tries import commands
from tests.namespace import ENTERED, PROBE_V4, can_bind, enter

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run the lab; return its exit status."""
    arguments = _arguments()
    for number in _ENDING:
        signal.signal(number, _end)
    is_outside = not arguments.shell and ENTERED not in os.environ and can_bind(PROBE_V4)
    if not is_outside:
        network = enter()
        if network.problem is not None:
            print(f"lab: {network.problem}", file=sys.stderr)
            return 1
    print("lab: signs and starts the mini internet, then rootward on it", file=sys.stderr)
    try:
        with Internet() as internet:
            log = None if is_outside else internet.folder / "rootward.log"
            with Server(internet, arguments.port, log) as server:
                print(_banner(server.corefile, arguments.port, log), flush=True)
                return _wait(server) if is_outside else _shell()
    except (LabError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/lab", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--shell", action="store_true", help="use a network namespace and a shell in any case"
    )
    parser.add_argument(
        "--port", type=int, default=5300, help="where rootward listens on 127.0.0.1 (5300)"
    )
    return parser.parse_args()


def _banner(corefile: Path, port: int, log: Path | None) -> str:
    asked = commands(port)
    width = max(len(command) for command, _ in asked)
    tries = "\n".join(f"    {command:{width}}  # {shows}" for command, shows in asked)
    if log is None:
        where, end = "in any shell of this machine", "Ctrl-C ends the lab."
    else:
        where = "in this shell; it is in the lab's network namespace, others are not"
        end = f"Its log is {log}. Leave the shell (exit, Ctrl-D) to end the lab."
    more = "More names: tests/internet/README.md."
    return (
        f"\nRootward resolves on the mini internet. Try, {where}:\n\n{tries}\n\n"
        f"{more} Its Corefile is {corefile}.\n{end}\n"
    )


def _wait(server: Server) -> int:
    """Wait for a signal, which ends the lab well, or for the server's own end."""
    status = server.wait()
    print(f"lab: rootward ended with {status}", file=sys.stderr)
    return 1


def _shell() -> int:
    """Let the user work; a Ctrl-C is then for what runs in the shell."""
    signal.signal(signal.SIGINT, lambda number, frame: None)  # not ignored: a child would inherit
    with subprocess.Popen([os.environ.get("SHELL") or "/bin/sh"]) as shell:
        try:
            shell.wait()
        finally:
            _ignore_signals()
            if shell.poll() is None:
                shell.send_signal(signal.SIGHUP)
    return 0


def _ignore_signals() -> None:
    """The end has begun, and is not to be interrupted."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> None:
    _ignore_signals()
    sys.exit(0 if number == signal.SIGINT else 128 + number)


if __name__ == "__main__":
    sys.exit(main())
