# SPDX-License-Identifier: Apache-2.0
"""From what an `unbound` directive said to the text that libunbound loads, and back by line.

In this order, the last value of an option winning: our defaults, the text of `config FILE`, the
`option`s, anchors and zones, and a last `server:` clause with what nobody may change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from resolver import names
from resolver.errors import ConfigurationError, DomainNameError
from resolver.recursion import anchors, defaults, options, unbound_conf, zones
from resolver.recursion.defaults import Environment
from resolver.recursion.settings import AnchorSource, File, RecursionSettings, Where
from resolver.recursion.unbound_conf import Statement


class Complaint(NamedTuple):
    """Why a configuration cannot be used, and where it is written."""

    where: Where
    text: str

    def __str__(self) -> str:
        return f"{self.where} - Error during parsing: plugin/unbound: {self.text}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A configuration as libunbound loads it; not to be loaded while there are `complaints`.

    origin: for each line of `text` where it was written, None for our own lines. where: the
    directive. warnings: what of the user's was left out, for one WARNING each. files: what the
    answers depend on besides the Corefile. process_wide: see `process_wide`.
    """

    text: bytes
    origin: tuple[Where | None, ...]
    where: Where
    complaints: tuple[Complaint, ...]
    warnings: tuple[str, ...]
    files: tuple[Path, ...]
    process_wide: dict[str, tuple[str, Where | None]] = field(hash=False)

    def line(self, number: int) -> Where:
        """Return whom to blame for line `number` (from 1): the directive where it is ours."""
        inside = 0 < number <= len(self.origin)
        return (self.origin[number - 1] if inside else None) or self.where

    def user_lines(self) -> Iterator[tuple[str, Where]]:
        """Yield the lines that a user wrote, and where."""
        for line, where in zip(self.text.decode().splitlines(), self.origin, strict=True):
            if where is not None:
                yield line, where


def render(settings: RecursionSettings, environment: Environment) -> Rendered:
    """Return the text of unbound.conf for one directive; whatever is wrong is in `complaints`.

    Reads the files that the directive names, once.
    """
    work = _Work(settings, environment)
    work.run()
    return Rendered(
        "".join(f"{line}\n" for line in work.lines).encode("utf-8", "surrogateescape"),
        tuple(work.origin),
        settings.where,
        tuple(work.complaints),
        tuple(work.warnings),
        tuple(dict.fromkeys(work.files)),
        work.process_wide,
    )


class _Work:
    """One rendering while it goes on."""

    def __init__(self, settings: RecursionSettings, environment: Environment) -> None:
        self.settings = settings
        self.environment = environment
        self.lines: list[str] = []
        self.origin: list[Where | None] = []
        self.complaints: list[Complaint] = []
        self.warnings: list[str] = []
        self.files: list[Path] = []
        self.process_wide: dict[str, tuple[str, Where | None]] = {}
        self.statements: list[Statement] = []  # the user's, of files and options

    def run(self) -> None:
        self._read()
        self._defaults()
        self._users()
        self._anchors()
        self._zones()
        self._line("server:")
        for name, value in defaults.LAST_WORD.items():
            self._line(f'    {name}: "{value}"')

    def _line(self, text: str, where: Where | None = None) -> None:
        self.lines.append(text)
        self.origin.append(where)

    def _complain(self, where: Where, text: str) -> None:
        self.complaints.append(Complaint(where, text))

    def _set(self, name: str, values: tuple[str, ...], where: Where | None) -> None:
        self._line(f"    {name}: {' '.join(values)}", where)
        if name in options.PROCESS_WIDE:
            self.process_wide[name] = (values[0][1:-1], where)

    def _read(self) -> None:
        """Collect the user's statements, first of `config` files, then of options."""
        clauses = 0
        for file in self.settings.config:
            try:
                statements, files = unbound_conf.read(file.path, file.where, clauses)
            except ConfigurationError as error:
                self._complain(Where(error.file, error.line), str(error))
                continue
            self.files += files
            clauses = max([clauses, *(statement.clause for statement in statements)])
            self.statements += self._kept(statements)
        for option in self.settings.options:
            name = option.name.removesuffix(":")
            refusal = options.check_name(name) or options.check_value(option.value)
            if refusal is not None:
                self._complain(option.where, refusal)
                continue
            try:
                words = options.arguments(name, option.value)
            except ValueError as error:
                self._complain(option.where, str(error))
                continue
            if name in options.FILES:
                path = Path(words[0]).absolute()
                self.files.append(path)
                words = [str(path)]
            quoted = tuple(f'"{word}"' for word in words)
            self.statements.append(Statement(name, quoted, "server", -1, option.where))

    def _kept(self, statements: list[Statement]) -> Iterator[Statement]:
        """Yield what of a `config FILE` is passed on; warn once for each name that is not."""
        told: set[str] = set()
        for statement in statements:
            name, reason = statement.keyword, None
            if statement.section in options.UNUSED_CLAUSES:
                name = statement.section
                reason = options.UNUSED_CLAUSES[name]
            elif statement.section == "server":
                reason = options.WITHHELD.get(name) or options.USELESS.get(name)
            if reason is None:
                yield statement
            elif name not in told:
                told.add(name)
                self.warnings.append(f"{statement.where}: '{name}' is left out: {reason}")

    def _defaults(self) -> None:
        self._line("server:")
        asks_loopback = any(
            address.ip.is_loopback
            for servers in (*self.settings.stubs, *self.settings.forwards)
            for address in servers.addresses
        )
        environment = self.environment
        values = dict(defaults.SERVER)
        values |= {k: v for k, v in defaults.OPTIONAL.items() if k in environment.known}
        values |= defaults.capacity(environment.descriptors, environment.contexts)
        fixed = defaults.NSEC_FIXED in environment.known
        values["aggressive-nsec"] = "yes" if fixed else "no"
        if asks_loopback:
            values["do-not-query-localhost"] = "no"
        for name, value in values.items():
            self._set(name, (f'"{value}"',), None)

    def _users(self) -> None:
        """Write the user's statements, each clause under its own line."""
        clause: tuple[str, int] | None = None
        for statement in self.statements:
            here = (statement.section, statement.clause)
            if here != clause:
                self._line(f"{statement.section}:", statement.where)
                clause = here
            self._set(statement.keyword, statement.values, statement.where)
        self._line("server:")
        for file in self.settings.root_hints:
            self._file("root-hints", file)

    def _file(self, name: str, file: File) -> None:
        refusal = options.check_value(str(file.path))
        if refusal is not None:
            self._complain(file.where, refusal)
            return
        self.files.append(file.path)
        self._set(name, (f'"{file.path}"',), file.where)

    def _anchors(self) -> None:
        settings, environment = self.settings, self.environment
        where: Where | None = None
        records: tuple[str, ...] = ()
        if settings.trust_anchor is AnchorSource.AUTO:
            tracked = environment.tracked
            clash = zones.root_anchor(self.statements)
            if tracked is not None and clash is None:
                self._line(f'    auto-trust-anchor-file: "{tracked}"')
                return
            if tracked is not None and clash is not None:
                # libunbound: "anchor cannot be with and without autotrust"
                self.warnings.append(
                    f"{clash.where}: '{clash.keyword}' names anchors of the root: ours stay as "
                    "they are, RFC 5011 is off"
                )
            records = environment.anchors
        elif settings.trust_anchor is AnchorSource.FILE and settings.trust_anchor_file is not None:
            path, where = settings.trust_anchor_file
            self.files.append(path)
            try:
                records = anchors.read(path)
            except ConfigurationError as error:
                line = Where(error.file, error.line) if error.line else where
                self._complain(line, str(error))
        for record in records:
            self._line(f'    trust-anchor: "{record}"', where)

    def _zones(self) -> None:
        """Write insecure and special zones, then who is asked for a zone."""
        settings = self.settings
        for zone in settings.insecure:
            self._line(f'    domain-insecure: "{names.to_text(zone.name)}"', zone.where)
        try:
            plan = zones.plan(settings, self.statements)
        except DomainNameError as error:
            self._complain(settings.where, str(error))
            return
        for line, where in plan:
            self._line(f"    {line}", where)
        seen: dict[bytes, Where] = {}
        for kind, group in (("stub", settings.stubs), ("forward", settings.forwards)):
            for servers in group:
                text = names.to_text(servers.zone)
                if servers.zone in seen:
                    self._complain(servers.where, f"zone '{text}' is at {seen[servers.zone]} too")
                    continue
                seen[servers.zone] = servers.where
                self._line(f"{kind}-zone:", servers.where)
                self._line(f'    name: "{text}"', servers.where)
                for address in servers.addresses:
                    shown = f"{address.host}@{address.port}"
                    refusal = options.check_value(shown)  # a scope is any text
                    if refusal is not None:
                        self._complain(servers.where, refusal)
                        continue
                    self._line(f'    {kind}-addr: "{shown}"', servers.where)
