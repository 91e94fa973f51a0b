# SPDX-License-Identifier: Apache-2.0
"""Options: what the command line and the environment ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resolver.command.flags import Flag, read_flags, usage
from resolver.corefile.ports import DEFAULT_PORT
from resolver.errors import ResolverError

ENGINES = ("python", "native")
LOG_FORMATS = ("text", "json")
SUBCOMMANDS = ("check", "chain", "control")

FLAGS = (
    Flag("conf", 'Corefile to load (default "Corefile"); "stdin" reads a pipe', "FILE"),
    Flag("control", "Socket of `rootward control`, or off (default: in a runtime folder)", "PATH"),
    Flag("dns.port", "Default port", "PORT", alias="p"),
    Flag("engine", f"Engine: {' or '.join(ENGINES)} (default ROOTWARD_ENGINE, or native)", "NAME"),
    Flag("log-format", f"Format of the log: {' or '.join(LOG_FORMATS)}", "FORMAT"),
    Flag("log-time", "Log the time of each line"),
    Flag("pidfile", "Path to write pid file", "FILE"),
    Flag("plugin-cfg", "Order of the chain: only the plugins that this file lists", "FILE"),
    Flag("plugins", "List installed plugins"),
    Flag("quiet", "Quiet mode (no initialization output)"),
    Flag("user", "User to become, keeping of root's privileges only low ports", "NAME"),
    Flag("version", "Show version"),
)

USAGE = f"""\
{usage("rootward", FLAGS)}

  rootward [FLAGS]              serve
  rootward [FLAGS] check FILE   say what is wrong with a Corefile, without serving it
  rootward [FLAGS] chain FILE   show a Corefile's chains, and what each plugin claims
  rootward [FLAGS] control ...  ask a server that runs: stats, flights, flush, dump, load, log-level
"""


class Fatal(ResolverError):  # noqa: N818 -- what ends the command is called so
    """Why the command cannot go on: printed as it is, then exit status 1."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `subcommand` is empty to serve; `file`, or `words`, are its arguments."""

    conf: str = ""
    control: str = ""
    port: int = DEFAULT_PORT
    engine: str = ""
    log_format: str = "text"
    log_time: bool = False
    pidfile: str = ""
    plugin_cfg: str = ""
    plugins: bool = False
    quiet: bool = False
    user: str = ""
    version: bool = False
    subcommand: str = ""
    file: str = ""
    words: tuple[str, ...] = ()


def read_options(args: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Return what the arguments ask for; flags may stand before and behind a subcommand.

    Raises FlagError for arguments that are no flags of ours, Fatal for values that make no sense.
    """
    given, rest = read_flags(args, FLAGS)
    subcommand = file = ""
    words: list[str] = []
    if rest and rest[0] in SUBCOMMANDS:
        subcommand = rest[0]
        more, rest = read_flags(rest[1:], FLAGS)
        given |= more
        if subcommand == "control":
            words, rest = rest, []
        elif len(rest) != 1:
            raise Fatal(f"usage: rootward {subcommand} FILE")
        else:
            file = rest.pop()
    if rest:
        raise Fatal(f"extra command line arguments: [{' '.join(rest)}]")
    engine = str(given.get("engine", environment.get("ROOTWARD_ENGINE") or ""))
    return Options(
        conf=str(given.get("conf", "")),
        control=str(given.get("control", environment.get("ROOTWARD_CONTROL", ""))),
        port=_port(str(given.get("dns.port", DEFAULT_PORT))),
        engine=_one_of("engine", engine, ENGINES) if engine else "",
        log_format=_one_of("log-format", str(given.get("log-format", "text")), LOG_FORMATS),
        log_time=bool(given.get("log-time")),
        pidfile=str(given.get("pidfile", "")),
        plugin_cfg=str(given.get("plugin-cfg", "")),
        plugins=bool(given.get("plugins")),
        quiet=bool(given.get("quiet")),
        user=str(given.get("user", "")),
        version=bool(given.get("version")),
        subcommand=subcommand,
        file=file,
        words=tuple(words),
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65536):
        raise Fatal(f"-dns.port: '{text}' is not a port (0-65535)")
    return int(text)


def _one_of(flag: str, text: str, choices: Sequence[str]) -> str:
    if text not in choices:
        raise Fatal(f"-{flag}: '{text}' is not one of {', '.join(choices)}")
    return text
