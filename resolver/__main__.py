# SPDX-License-Identifier: Apache-2.0
"""The command `rootward`, also `python -m resolver`."""

import signal
import sys


def main() -> None:
    """Run the command with the process's arguments, and exit as it says.

    Until the server takes the signals over, an interrupt ends the process without a word.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from resolver.command.main import run  # it takes a while

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
