# SPDX-License-Identifier: Apache-2.0
"""Which special-use zones a configuration keeps, given the zones that its user takes over.

libunbound answers from a local zone before it looks at stubs and forwards, so a zone that is to be
asked must not lie in one.
"""

from collections.abc import Iterable
from pathlib import Path

from resolver import names
from resolver.errors import ConfigurationError, DomainNameError
from resolver.recursion import anchors
from resolver.recursion.settings import RecursionSettings, Where
from resolver.recursion.special import SpecialName, special_names
from resolver.recursion.unbound_conf import Statement

Line = tuple[str, Where | None]


def plan(settings: RecursionSettings, statements: Iterable[Statement]) -> list[Line]:
    """Return the statements of a `server:` clause that make and unmake local zones.

    1. Special names are local, but for those that a `local-zone` of the user's is about.
    2. A zone that the user takes (`stub`, `forward`, `insecure`) at or below one is opened, and so
       is every special name below it: `nodefault` keeps libunbound from making the zone itself;
       where a local zone lies around it, `transparent` cuts it out.
    3. What is asked of somebody else there has no chain of trust from the root: it is insecure
       unless a trust anchor of the user's stands in between.
    """
    statements = list(statements)
    special = {name.name: name for name in special_names()}
    local = {
        name
        for statement in statements
        if statement.section == "server" and statement.keyword == "local-zone"
        if (name := _name(statement.text)) is not None
    }
    asked = _asked(settings, statements)
    taken = asked | {zone.name: zone.where for zone in settings.insecure if zone.name not in asked}
    opened = {
        zone: where
        for zone, where in taken.items()
        if names.longest_match(zone, special) is not None
    }
    kept = {
        name: entry
        for name, entry in special.items()
        if name not in local
        and names.longest_match(name, opened) is None
        and not (entry.lan and _unblocks(statements))
    }
    lines: list[Line] = [
        (line, opened.get(name))
        for name in special
        if name not in local and names.longest_match(name, opened) is not None
        for line in [f'local-zone: "{names.to_text(name)}" {_cut(name, kept)}']
    ]
    lines += [
        (f'local-zone: "{names.to_text(zone)}" transparent', where)
        for zone, where in opened.items()
        if zone not in special and zone not in local
    ]
    own = anchor_owners(statements, settings)
    lines += [
        (f'domain-insecure: "{names.to_text(zone)}"', where)
        for zone, where in opened.items()
        if zone in asked and not _anchored(zone, own, special)
    ]
    lines += [(line, None) for entry in kept.values() for line in entry.lines()]
    return lines


def _cut(name: bytes, kept: dict[bytes, SpecialName]) -> str:
    """Return the type that opens a special name: `nodefault` unless a kept zone lies around it."""
    return "nodefault" if names.longest_match(name, kept) is None else "transparent"


def _asked(settings: RecursionSettings, statements: Iterable[Statement]) -> dict[bytes, Where]:
    """Return the zones for which somebody named is asked, of the directive and of its files."""
    found = {servers.zone: servers.where for servers in (*settings.stubs, *settings.forwards)}
    for statement in statements:
        if statement.section in ("stub-zone", "forward-zone") and statement.keyword == "name":
            name = _name(statement.text)
            if name is not None:
                found.setdefault(name, statement.where)
    return found


def _name(text: str) -> bytes | None:
    """Return a name of the user's unbound.conf, None if it is none: libunbound will say so."""
    try:
        return names.from_text(text)
    except DomainNameError:
        return None


def _unblocks(statements: Iterable[Statement]) -> bool:
    values = [s.text for s in statements if s.keyword == "unblock-lan-zones"]
    return values[-1:] == ["yes"]


def _anchored(zone: bytes, owners: Iterable[bytes], special: dict[bytes, SpecialName]) -> bool:
    return any(
        names.is_below(zone, owner) and names.longest_match(owner, special) is not None
        for owner in owners
    )


def anchor_owners(
    statements: Iterable[Statement], settings: RecursionSettings | None = None
) -> set[bytes]:
    """Return the names that the user has trust anchors for, as far as they can be read here."""
    found = {
        owner
        for statement in statements
        if statement.keyword == "trust-anchor"
        if (owner := anchors.anchor_owner(statement.text)) is not None
    }
    files = [Path(s.text) for s in statements if s.keyword == "trust-anchor-file"]
    if settings is not None and settings.trust_anchor_file is not None:
        files.append(settings.trust_anchor_file.path)
    for path in files:
        try:
            records = anchors.read(path)
        except ConfigurationError:
            continue  # libunbound reads the file too, and says what is wrong
        found |= {names.from_text(record.split()[0]) for record in records}
    return found


def root_anchor(statements: Iterable[Statement]) -> Statement | None:
    """Return a statement of the user's that may name a trust anchor of the root, or None."""
    for statement in statements:
        if statement.keyword == "trusted-keys-file":
            return statement
        if statement.keyword in ("trust-anchor", "trust-anchor-file"):
            owners = anchor_owners([statement])
            if names.ROOT in owners or not owners:
                return statement
    return None
