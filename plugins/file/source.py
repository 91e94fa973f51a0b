# SPDX-License-Identifier: Apache-2.0
"""ZoneSource: a zone file on its disk, read when it is another one than before.

A file that cannot be read or is wrong changes nothing: the old zone stays, with one ERROR. What was
read last outlives a reload of the configuration while the file stays as it is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from plugins.file.denial import denial_of
from plugins.file.lookup import Lookup
from plugins.file.zone import Zone, make_zone
from plugins.file.zone_file import Signature, read_zone_file, signature_of
from resolver import names
from resolver.errors import ConfigurationError

TOLD_RECORDS = 10  # records of other zones that are told one by one

_log = logging.getLogger("plugin/file")


@dataclass(frozen=True, eq=False)
class Loaded:
    """A zone as it was read. `zone` and `lookup` are None if the file had not the zone's SOA.

    files: those that it was read from, the included ones among them.
    """

    zone: Zone | None
    lookup: Lookup | None
    files: dict[Path, Signature]


Shared = WeakValueDictionary[tuple[Path, bytes], Loaded]


class ZoneSource:
    """One zone's file. `by_mtime`: a changed file counts, whatever its serial number.

    `read` and `read_again` may be called in any thread, but in one at a time.
    """

    def __init__(self, path: Path, origin: bytes, by_mtime: bool, shared: Shared) -> None:
        self.path = path
        self.origin = origin
        self._name = names.to_text(origin)
        self._by_mtime = by_mtime
        self._shared = shared
        self._complaint = ""

    def last(self) -> Loaded | None:
        """Return what was read last, in another configuration maybe that still lives."""
        return self._shared.get((self.path, self.origin))

    def read(self) -> Loaded:
        """Return the zone: as it was read last, unless the file is another one now.

        Raises OSError if it cannot be read, ConfigurationError if something is wrong in it.
        """
        before = self.last()
        if before is not None and _unchanged(before.files):
            return before
        return self._keep(self._parse())

    def read_again(self, before: Loaded) -> Loaded:
        """Return `before`, or another zone if the file has changed. What is wrong is logged."""
        if before.files and _unchanged(before.files):
            return before
        try:
            loaded = self._parse()
        except OSError as error:
            self._tell(
                f'Failed to open zone "{self._name}" in "{self.path}": {error.strerror or error}'
            )
            return before
        except ConfigurationError as error:
            self._tell(f'Parsing zone "{self._name}": {error}')
            return before
        old, new = before.zone, loaded.zone
        if new is None:
            return self._keep(Loaded(old, before.lookup, loaded.files))
        self._complaint = ""
        if old is not None and old.serial == new.serial and not self._by_mtime:
            if old != new:
                _log.warning(
                    'zone "%s" in "%s" has changed, but not its serial %d: not reloaded',
                    self._name,
                    self.path,
                    old.serial,
                )
            loaded = Loaded(old, before.lookup, loaded.files)
        else:
            _log.info(
                'Successfully reloaded zone "%s" in "%s" with %d SOA serial',
                self._name,
                self.path,
                new.serial,
            )
        return self._keep(loaded)

    def _keep(self, loaded: Loaded) -> Loaded:
        self._shared[self.path, self.origin] = loaded
        return loaded

    def _parse(self) -> Loaded:
        complaints: list[str] = []
        text = read_zone_file(self.path, self.origin)
        zone = make_zone(self.origin, text.records, str(self.path), complaints.append)
        for complaint in complaints[:TOLD_RECORDS]:
            _log.warning("%s", complaint)
        if len(complaints) > TOLD_RECORDS:
            more = len(complaints) - TOLD_RECORDS
            _log.warning("%s: and %d more records of other zones", self.path, more)
        if zone is None:
            self._tell(f'no SOA record of zone "{self._name}" in "{self.path}": not loaded')
            return Loaded(None, None, text.files)
        return Loaded(zone, Lookup(zone, denial_of(zone)), text.files)

    def _tell(self, complaint: str) -> None:
        if complaint != self._complaint:
            self._complaint = complaint
            _log.error("%s", complaint)


def _unchanged(files: dict[Path, Signature]) -> bool:
    try:
        return all(signature_of(path) == signature for path, signature in files.items())
    except OSError:
        return False
