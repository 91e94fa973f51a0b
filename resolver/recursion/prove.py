# SPDX-License-Identifier: Apache-2.0
"""The child process in which libunbound tries configurations: `python -m resolver.recursion.prove`.

A bad text spoils libunbound's parser for the whole process, may end the process or change its
folder, so each text gets a fork of its own, made before there is any context. Descriptor 0 is a
socket: a request is its length in a line and the octets of a text, a response one line of JSON.
Imports little: the start of the server waits for it.
"""

import json
import os
import traceback
from collections.abc import Callable
from typing import BinaryIO

MAX_CAPTURED = 64 << 10

Try = Callable[[bytes], tuple[int, str]]


def try_text(text: bytes, attempt: Try) -> dict[str, object]:
    """Return what became of one text, tried in a fork.

    `exit` is the fork's exit status, negative for a signal. `status` and `messages` are what
    `attempt` returned, None and empty if it did not return. `stderr` is what came on descriptor 2.
    """
    stderr = os.memfd_create("stderr")
    result = os.memfd_create("result")
    try:
        pid = os.fork()
        if pid == 0:
            _attempt(text, attempt, stderr, result)
        _, status = os.waitpid(pid, 0)
        returned = os.pread(result, MAX_CAPTURED * 8, 0)
        code, messages = json.loads(returned) if returned else (None, "")
        return {
            "exit": os.waitstatus_to_exitcode(status),
            "status": code,
            "messages": messages,
            "stderr": os.pread(stderr, MAX_CAPTURED, 0).decode("utf-8", "replace"),
        }
    finally:
        os.close(stderr)
        os.close(result)


def _attempt(text: bytes, attempt: Try, stderr: int, result: int) -> None:
    """Run in the fork and end it; nothing of the parent's may run on in it."""
    try:
        os.dup2(stderr, 2)
        code, messages = attempt(text)
        os.write(result, json.dumps([code, messages[:MAX_CAPTURED]]).encode())
        os._exit(0)
    except BaseException:
        os.write(stderr, traceback.format_exc().encode())
        os._exit(70)


def serve(requests: BinaryIO, out: int, attempt: Try) -> None:
    """Answer requests until there are no more."""
    while line := requests.readline():
        text = requests.read(int(line))
        response = memoryview(json.dumps(try_text(text, attempt)).encode() + b"\n")
        while response:
            response = response[os.write(out, response) :]


def main() -> None:
    """Serve the socket that is descriptor 0."""
    from resolver.recursion.backend import trier

    attempt = trier()
    with open(0, "rb") as requests:
        serve(requests, 0, attempt)


if __name__ == "__main__":
    main()
