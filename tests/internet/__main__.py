# SPDX-License-Identifier: Apache-2.0
"""The mini internet to play with:

python -m tests.internet                   runs until Ctrl-C and tells how to ask
python -m tests.internet --exec COMMAND    runs a shell command inside, and ends with it
"""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.internet.world import Internet
from tests.namespace import enter

_BANNER = """\
The mini internet runs. Ask it from another terminal:

    {enter} dig @127.53.2.1 +dnssec www.example.org

or run a resolver there, with this in its Corefile:

    unbound {{
        {properties}
    }}

What there is to ask: tests/internet/README.md. Ctrl-C ends it."""


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.internet", description=__doc__)
    parser.add_argument("--exec", metavar="COMMAND", help="a shell command to run inside")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    user_namespace = Path("/proc/self/ns/user").readlink()
    network = enter()
    if network.problem is not None:
        print(f"tests.internet: {network.problem}", file=sys.stderr)
        return 1
    with Internet() as internet:
        if arguments.exec:
            paths = {"ROOT_HINTS": internet.root_hints, "TRUST_ANCHOR": internet.trust_anchor}
            environment = {**os.environ, **{name: str(path) for name, path in paths.items()}}
            return subprocess.run(arguments.exec, shell=True, env=environment).returncode
        is_user = Path("/proc/self/ns/user").readlink() != user_namespace
        how = f"nsenter -t {os.getpid()} {'-U --preserve-credentials ' if is_user else ''}-n"
        properties = internet.unbound_properties.replace("\n", "\n        ")
        print(_BANNER.format(enter=how, properties=properties), flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
