# SPDX-License-Identifier: Apache-2.0
"""What tests of plugins are written with; for plugins from outside too.

writer = RecordingWriter()
handler = set_up(setup, "whoami")
rcode = serve(handler, writer, request("example.org. A"))
Case("example.org. A", additional=["..."]).check(writer.response)
"""

from resolver.testing.case import Case
from resolver.testing.ends import LeavingHandler, NextHandler, PlacedWriter, RecordingWriter
from resolver.testing.fixed_clock import NOW_MS, WALL_S, FixedClock
from resolver.testing.messages import CLIENT, LOCAL, PATIENCE_MS, request, response, rr
from resolver.testing.setting_up import (
    NoUpstream,
    QuietServer,
    controller,
    run,
    serve,
    services,
    set_up,
)

__all__ = [
    "CLIENT",
    "Case",
    "FixedClock",
    "LOCAL",
    "LeavingHandler",
    "NOW_MS",
    "NextHandler",
    "NoUpstream",
    "PATIENCE_MS",
    "PlacedWriter",
    "QuietServer",
    "RecordingWriter",
    "WALL_S",
    "controller",
    "request",
    "response",
    "rr",
    "run",
    "serve",
    "services",
    "set_up",
]
