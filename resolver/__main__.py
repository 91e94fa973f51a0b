# SPDX-License-Identifier: Apache-2.0
"""The command `rootward`, also `python -m resolver`."""

import sys

from resolver.command.main import run


def main() -> None:
    """Run the command with the process's arguments, and exit as it says."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
