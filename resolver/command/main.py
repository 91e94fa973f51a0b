# SPDX-License-Identifier: Apache-2.0
"""What `rootward` does with its arguments, and its exit status.

0: as asked. 1: it could not (the reason is on standard error). 2: arguments that are no flags, or
a second interrupt. 4: something failed while shutting down.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from resolver.command.flags import FlagError
from resolver.command.options import USAGE, Options, read_options
from resolver.command.process import fill_standard_descriptors, show_mistake
from resolver.errors import ResolverError

if TYPE_CHECKING:
    from resolver.command.log_writer import LogWriter


def run(args: Sequence[str]) -> int:
    """Do what the arguments ask for; return the exit status."""
    sys.excepthook = show_mistake
    fill_standard_descriptors()
    try:
        status = _dispatch(read_options(args, os.environ))
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except BrokenPipeError:  # `rootward chain FILE | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except FlagError as error:
        print(f"{error}\n{USAGE}" if str(error) else USAGE, end="", file=sys.stderr)
        return 2 if str(error) else 0
    except ResolverError as error:
        print(error, file=sys.stderr)
        return 1


def _dispatch(options: Options) -> int:
    if options.user:  # while there is one thread: the log has the second
        from resolver.command.privileges import FOLDERS, become

        serves = not (options.version or options.plugins or options.subcommand)
        become(options.user, os.environ, FOLDERS if serves else {})
    if options.version:
        from resolver.command.banner import version_lines

        print("\n".join(version_lines()))
        return 0
    if options.plugins:
        from resolver.command.plugins import list_plugins

        list_plugins(options)
        return 0
    log = _start_log(options)
    try:
        if options.subcommand == "check":
            from resolver.command.check import check

            return check(options)
        if options.subcommand == "chain":
            from resolver.command.chain import show_chain

            return show_chain(options)
        if options.subcommand == "control":
            from resolver.command.control import control

            return control(options)
        from resolver.command.serve import serve

        return serve(options, log)
    finally:
        import logging

        logging.getLogger().removeHandler(log)
        log.close()


def _start_log(options: Options) -> LogWriter:
    """Send the process's log to standard output; for subcommands, whose output it is, to error."""
    import logging  # not for those who only want a version

    from resolver.command.log_lines import JsonLines, TextLines
    from resolver.command.log_writer import LogWriter

    log = LogWriter(2 if options.subcommand else 1)
    log.setFormatter(JsonLines() if options.log_format == "json" else TextLines(options.log_time))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    root.addHandler(log)
    logging.raiseExceptions = False
    return log
