# SPDX-License-Identifier: Apache-2.0
"""`rootward`: serve a Corefile until a signal ends it."""

import asyncio
import errno
import logging
import os
import random

from resolver.clock import SystemClock
from resolver.command.banner import version_lines, zone_lines
from resolver.command.engines import engine_of
from resolver.command.log_writer import LogWriter
from resolver.command.notify import Manager, Notifier, take_manager
from resolver.command.options import Fatal, Options
from resolver.command.plugins import directives_of
from resolver.command.process import PidFile, raise_descriptors, rest_collector
from resolver.command.signals import Signals
from resolver.command.source import Source, built_in, find_source
from resolver.control.commands import ServerCommands
from resolver.control.listener import ControlListener
from resolver.control.places import OFF, server_path
from resolver.directives import Directives
from resolver.errors import ResolverError, reason
from resolver.instance import Instance
from resolver.limits import Limits
from resolver.reloading import Reloader
from resolver.transport.sockets import ListenError

SHUTDOWN_FAILED = 4

_log = logging.getLogger("server")


def serve(options: Options, log: LogWriter) -> int:
    """Serve until the end; return the exit status.

    log: also prints the banner, so that it comes in order.

    Raises ResolverError if the server does not come up.
    """
    manager = take_manager(os.environ, os.getpid())
    limits = Limits.for_descriptors(raise_descriptors())
    instance, reloader = _load(options, limits)
    log.on_drop = instance.metrics.counter(
        "rootward_log_lines_dropped_total", "Lines of the log that nobody read in time."
    ).inc
    return asyncio.run(_Run(options, instance, reloader, log, manager).run())


def _load(options: Options, limits: Limits) -> tuple[Instance, Reloader]:
    source = find_source(options.conf)
    directives = directives_of(options)
    instance, reloader = _set_up(options, limits, directives, source)
    if not instance.blocks and not instance.errors:
        instance, reloader = _set_up(options, limits, directives, built_in())
    return instance, reloader


def _set_up(
    options: Options, limits: Limits, directives: Directives, source: Source
) -> tuple[Instance, Reloader]:
    def read() -> Source:
        # What came through a pipe is there once; what it imports may be another by now.
        return source if options.conf == "stdin" else find_source(options.conf)

    clock, rng = SystemClock(), random.SystemRandom()
    engine = engine_of(options.engine, clock, rng)
    instance = Instance(clock, rng, limits, engine=engine)
    reloader = Reloader(instance, read, directives, os.environ, options.port)
    reloader.load(source)
    return instance, reloader


class _Run:
    """One run of an instance: up, until a signal, down."""

    def __init__(
        self,
        options: Options,
        instance: Instance,
        reloader: Reloader,
        log: LogWriter,
        manager: Manager,
    ) -> None:
        self._options = options
        self._instance = instance
        self._reloader = reloader
        self._log = log
        self._control: ControlListener | None = None
        self._pid_file = PidFile(options.pidfile)
        self._notifier = Notifier(manager, SystemClock(), self._status)
        self._failure = ("", "")

    async def run(self) -> int:
        """Return the exit status. Raises ResolverError if the server does not come up."""
        signals = Signals(self._end_now)
        signals.install()
        ending = asyncio.create_task(signals.ending())
        starting = asyncio.create_task(self._instance.start())
        tasks = [ending, starting]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await starting
                await self._open_control()
                self._announce()
                self._notifier.ready()
                rest_collector()
                tasks.append(asyncio.create_task(self._reload(signals)))
                await ending
        except ListenError as error:
            raise Fatal(f"{error}{_hint(error)}") from error
        finally:
            self._notifier.stopping()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._reloader.close()
            troubles = await self._instance.stop()
            if self._control is not None:
                await self._control.close()
            self._pid_file.remove()
            self._notifier.close()
        return SHUTDOWN_FAILED if troubles else 0

    async def _reload(self, signals: Signals) -> None:
        """Reload whenever a signal asks for it."""
        while True:
            await signals.reloading()
            self._notifier.reloading()
            try:
                await self._reloader.reload()
                self._failure = ("", "")
            except ResolverError as error:
                text = "; ".join(str(error).splitlines())
                self._failure = (self._reloader.digest, text)
                _log.error("Restart failed: %s", text)
            self._notifier.ready()

    def _status(self) -> str:
        """Return what a service manager shows of us; a failure until the Corefile is another."""
        listeners = len(self._instance.serving)
        text = f"serving, {listeners} listener{'s' * (listeners != 1)}"
        digest, failure = self._failure
        is_told = failure and digest == self._reloader.digest
        return f"{text}; Restart failed: {failure}" if is_told else text

    async def _open_control(self) -> None:
        """Open the socket of `rootward control`. Raises Fatal if the one that was named fails."""
        path = server_path(self._options.control, os.environ, os.geteuid())
        if path is None:
            if self._options.control != OFF:
                _log.info("no control socket: XDG_RUNTIME_DIR is not set; -control PATH names one")
            return
        commands = ServerCommands(self._instance, SystemClock(), logging.getLogger())
        control = ControlListener(path, commands)
        try:
            await control.start()
        except OSError as error:
            text = f"control socket {path}: {reason(error)}"
            if self._options.control:
                raise Fatal(text) from None
            _log.warning("%s; -control names another, or is off", text)
        else:
            self._control = control

    def _announce(self) -> None:
        if not self._options.quiet:
            put = _log.info if self._options.log_format == "json" else self._log.put
            for line in zone_lines(self._instance.serving) + version_lines():
                put(line)
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
