# SPDX-License-Identifier: Apache-2.0
"""`rootward`: serve a Corefile until a signal ends it."""

import asyncio
import contextlib
import errno
import os
import random
from collections.abc import Callable

from resolver.clock import SystemClock
from resolver.command.banner import version_lines, zone_lines
from resolver.command.options import Fatal, Options
from resolver.command.process import PidFile, raise_descriptors
from resolver.command.signals import Signals
from resolver.command.source import built_in, find_source
from resolver.directives import standard_directives
from resolver.instance import Instance
from resolver.transport.limits import Limits
from resolver.transport.sockets import ListenError

SHUTDOWN_FAILED = 4

Print = Callable[[str], None]


def serve(options: Options, show: Print, flush_log: Callable[[], None]) -> int:
    """Serve until the end; return the exit status.

    show: prints a line on standard output, in order with the log. flush_log: has the log written.

    Raises ResolverError if the server does not come up.
    """
    limits = Limits.for_descriptors(raise_descriptors())
    instance = _load(options, limits)
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(_Run(options, instance, show, flush_log).run())


def _load(options: Options, limits: Limits) -> Instance:
    source = find_source(options.conf)
    instance = _set_up(options, limits, *source)
    if not instance.blocks and not instance.errors:
        instance = _set_up(options, limits, *built_in())
    return instance


def _set_up(options: Options, limits: Limits, text: str, file: str) -> Instance:
    instance = Instance(SystemClock(), random.SystemRandom(), limits)
    instance.load(text, file, standard_directives(), os.environ, options.port)
    return instance


class _Run:
    """One run of an instance: up, until a signal, down."""

    def __init__(
        self, options: Options, instance: Instance, show: Print, flush_log: Callable[[], None]
    ) -> None:
        self._options = options
        self._instance = instance
        self._show = show
        self._flush_log = flush_log
        self._pid_file = PidFile(options.pidfile)

    async def run(self) -> int:
        """Return the exit status. Raises ResolverError if the server does not come up."""
        signals = Signals(self._end_now)
        signals.install()
        ending = asyncio.create_task(signals.ending())
        starting = asyncio.create_task(self._instance.start())
        try:
            await asyncio.wait((ending, starting), return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await starting
                self._announce()
                await ending
        except ListenError as error:
            raise Fatal(f"{error}{_hint(error)}") from error
        finally:
            ending.cancel()
            starting.cancel()
            await asyncio.wait((ending, starting))
            troubles = await self._instance.stop()
            self._pid_file.remove()
        return SHUTDOWN_FAILED if troubles else 0

    def _announce(self) -> None:
        if not self._options.quiet:
            for line in zone_lines(self._instance.serving) + version_lines():
                self._show(line)
        self._pid_file.write()

    def _end_now(self, status: int) -> None:
        self._pid_file.remove()
        self._flush_log()
        os._exit(status)


def _hint(error: ListenError) -> str:
    """Return what may help against a failure to listen."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            "\nPorts below 1024 need root or the capability CAP_NET_BIND_SERVICE;"
            " another port needs neither: rootward -dns.port 5300"
        )
    return ""
