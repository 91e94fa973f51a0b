# SPDX-License-Identifier: Apache-2.0
"""What an `unbound` directive said, as data: the input of `configuration.render`.

Everything carries where it was written, since libunbound's complaints are told by file and line.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from resolver.request import Endpoint


class Where(NamedTuple):
    """A line (from 1) of a Corefile or of a file that it names."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Option(NamedTuple):
    """`option NAME VALUE`; several words of a value are joined by a space."""

    name: str
    value: str
    where: Where


class File(NamedTuple):
    """A file that the directive names, its path made absolute."""

    path: Path
    where: Where


class Zone(NamedTuple):
    """A zone (lower-case wire form), of `insecure`."""

    name: bytes
    where: Where


class Servers(NamedTuple):
    """A zone (lower-case wire form) and who is asked for it, of `stub` and `forward`."""

    zone: bytes
    addresses: tuple[Endpoint, ...]
    where: Where


class AnchorSource(Enum):
    """What `trust_anchor` says: AUTO (shipped and tracked, RFC 5011), OFF, or a FILE."""

    AUTO = "auto"
    OFF = "off"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class RecursionSettings:
    """All that one `unbound` directive said. `trust_anchor_file` is set with AnchorSource.FILE."""

    where: Where
    options: tuple[Option, ...] = ()
    config: tuple[File, ...] = ()
    trust_anchor: AnchorSource = AnchorSource.AUTO
    trust_anchor_file: File | None = None
    root_hints: tuple[File, ...] = ()
    insecure: tuple[Zone, ...] = ()
    stubs: tuple[Servers, ...] = ()
    forwards: tuple[Servers, ...] = ()
