# SPDX-License-Identifier: Apache-2.0
"""HostsPolicy: what the directive says."""

from dataclasses import dataclass

from resolver import names

DEFAULT_TTL_S = 3600
DEFAULT_RELOAD_MS = 5000


@dataclass(frozen=True, slots=True)
class HostsPolicy:
    """How names of hosts are answered.

    origins: whose names. ttl_s: of all records, in seconds. fallthrough: zones whose names go to
    the next plugin when they are not known here. passes_types: other types than A, AAAA and PTR go
    there too, also of names that are known here.
    """

    origins: tuple[bytes, ...]
    ttl_s: int = DEFAULT_TTL_S
    fallthrough: tuple[bytes, ...] = ()
    passes_types: bool = False

    def falls_through(self, name: bytes) -> bool:
        """Return whether a name that is not known here goes to the next plugin."""
        return names.longest_match(name, self.fallthrough) is not None

    @property
    def all_fall_through(self) -> bool:
        """Whether every name does that is not known here."""
        return all(self.falls_through(origin) for origin in self.origins)
