# SPDX-License-Identifier: Apache-2.0
"""Set-up of `hosts`: its line, its properties, and hosts in the Corefile itself.

hosts [FILE [ZONES...]] {
    192.0.2.1 printer.example.org printer
    ttl SECONDS
    no_reverse
    reload DURATION
    fallthrough [ZONES...]
    fallthrough_unsupported
}
"""

from dataclasses import dataclass, field, replace
from functools import partial

from plugins.hosts.host_table import HostTable
from plugins.hosts.hosts import Hosts
from plugins.hosts.hosts_file import address_of_word, read_lines
from plugins.hosts.metrics import HostsMetrics
from plugins.hosts.policy import DEFAULT_RELOAD_MS, HostsPolicy
from plugins.hosts.source import HostsSource, Reading, Shared
from resolver.corefile.controller import Controller, Line
from resolver.poller import Poller

DEFAULT_FILE = "/etc/hosts"
SHARED = "hosts/files"  # the name of what all blocks have read, among the shared objects
MAX_TTL_S = 65535


@dataclass
class _Said:
    """What the lines in the braces say."""

    policy: HostsPolicy
    reverse: bool = True
    reload_ms: int = DEFAULT_RELOAD_MS
    inline: list[Line] = field(default_factory=list)


def setup(controller: Controller) -> None:
    """Add a Hosts, its file read. Raises ConfigurationError for what it cannot say.

    A file that is not there is a WARNING: it may come later.
    """
    directive = controller.once()
    path = controller.path(directive.args[0] if directive.args else DEFAULT_FILE)
    said = _Said(HostsPolicy(controller.origins(directive, directive.args[1:])))
    for line in directive.properties:
        _read_property(said, line)
    unsupported = [line for line in directive.properties if line.name == "fallthrough_unsupported"]
    if unsupported and not said.policy.fallthrough:
        raise unsupported[0].error("fallthrough_unsupported requires fallthrough")
    reading = Reading(said.policy.origins, said.reverse, not said.policy.all_fall_through)
    hosts = Hosts(
        said.policy,
        HostsSource(path, reading, controller.shared(SHARED, Shared)),
        _inline_table(said.inline, reading),
        controller.server,
        HostsMetrics(controller.metrics, path),
    )
    controller.add_plugin(hosts)
    poller = Poller(controller.clock, said.reload_ms, hosts.read_again)
    # Not before it is this configuration that answers: the one before would store old data again.
    controller.on_started(hosts.start)
    controller.on_startup(poller.start)
    controller.on_shutdown(poller.stop)


def _read_property(said: _Said, line: Line) -> None:
    match line.name:
        case "ttl":
            said.policy = replace(said.policy, ttl_s=_ttl(line))
        case "no_reverse":
            line.no_args()
            said.reverse = False
        case "reload":
            said.reload_ms = _reload_ms(line)
        case "fallthrough":
            zones = line.zones(line.args or (".",))
            said.policy = replace(said.policy, fallthrough=zones)
        case "fallthrough_unsupported":
            line.no_args()
            said.policy = replace(said.policy, passes_types=True)
        case _:
            # CoreDNS: a host behind `fallthrough` is an unknown property
            if said.policy.fallthrough or address_of_word(line.name.encode()) is None:
                raise line.unknown()
            said.inline.append(line)


def _ttl(line: Line) -> int:
    if not line.args:
        raise line.error("ttl needs a time in second")
    ttl_s = line.whole_number(line.args[0])
    if not 0 < ttl_s <= MAX_TTL_S:
        raise line.error("ttl provided is invalid")
    line.only_arg()
    return ttl_s


def _reload_ms(line: Line) -> int:
    if len(line.args) != 1:
        raise line.error("reload needs a duration (zero seconds to disable)")
    interval_ms = line.duration_ms()
    if interval_ms < 0:
        raise line.error(f"invalid negative duration for reload '{line.args[0]}'")
    return interval_ms


def _inline_table(lines: list[Line], reading: Reading) -> HostTable:
    """Return the table of the Corefile's own hosts; a broken one is an error, not a warning."""
    table = reading.table(len(lines))
    for line in lines:
        words = " ".join((line.name, *line.args)).encode()
        read_lines([words], table, reading.wants, partial(_refuse, line))
    return table


def _refuse(line: Line, _number: int, text: str) -> None:
    raise line.error(text)
