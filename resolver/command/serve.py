# SPDX-License-Identifier: Apache-2.0
"""`rootward`: serve a Corefile until a signal ends it."""

import asyncio
import errno
import os
import random

from resolver.clock import SystemClock
from resolver.command.banner import version_lines, zone_lines
from resolver.command.log_writer import LogWriter
from resolver.command.options import Fatal, Options
from resolver.command.plugins import directives_of
from resolver.command.process import PidFile, raise_descriptors
from resolver.command.signals import Signals
from resolver.command.source import built_in, find_source
from resolver.directives import Directives
from resolver.instance import Instance
from resolver.transport.limits import Limits
from resolver.transport.sockets import ListenError

SHUTDOWN_FAILED = 4


def serve(options: Options, log: LogWriter) -> int:
    """Serve until the end; return the exit status.

    log: also prints the banner, so that it comes in order.

    Raises ResolverError if the server does not come up.
    """
    limits = Limits.for_descriptors(raise_descriptors())
    instance = _load(options, limits)
    log.on_drop = instance.metrics.counter(
        "rootward_log_lines_dropped_total", "Lines of the log that nobody read in time."
    ).inc
    return asyncio.run(_Run(options, instance, log).run())


def _load(options: Options, limits: Limits) -> Instance:
    source = find_source(options.conf)
    directives = directives_of(options)
    instance = _set_up(options, limits, directives, *source)
    if not instance.blocks and not instance.errors:
        instance = _set_up(options, limits, directives, *built_in())
    return instance


def _set_up(
    options: Options, limits: Limits, directives: Directives, text: str, file: str
) -> Instance:
    instance = Instance(SystemClock(), random.SystemRandom(), limits)
    instance.load(text, file, directives, os.environ, options.port)
    return instance


class _Run:
    """One run of an instance: up, until a signal, down."""

    def __init__(self, options: Options, instance: Instance, log: LogWriter) -> None:
        self._options = options
        self._instance = instance
        self._log = log
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
                self._log.put(line)
        self._pid_file.write()

    def _end_now(self, status: int) -> None:
        self._pid_file.remove()
        self._log.close()
        os._exit(status)


def _hint(error: ListenError) -> str:
    """Return what may help against a failure to listen."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            "\nPorts below 1024 need root or the capability CAP_NET_BIND_SERVICE;"
            " another port needs neither: rootward -dns.port 5300"
        )
    return ""
