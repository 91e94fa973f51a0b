# SPDX-License-Identifier: Apache-2.0
"""All `unbound` directives of a Corefile are proven together, in a child process.

Together, because they share descriptors and libunbound's process-wide options. What comes out is
loaded octet for octet as it was accepted: libunbound may end the process over a text that it does
not like, and a file may change in between.
"""

import dataclasses
import hashlib
import re
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from resolver.errors import ConfigurationError, ConfigurationErrors
from resolver.recursion import anchors, backend
from resolver.recursion.configuration import Complaint, Rendered, render
from resolver.recursion.defaults import MAX_RANGE, Environment
from resolver.recursion.process_wide import check_process_wide
from resolver.recursion.settings import AnchorSource, RecursionSettings
from resolver.recursion.tracking import TrackedAnchors

CONTEXTS = 2  # of each configuration: what renews cached data is another than what holds it

Track = Callable[[], TrackedAnchors | None]

_RANGE = re.compile(rb'^\s*outgoing-range:\s*"?(\d+)"?\s*$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class AnchorFile:
    """An anchor file to be put where a proven text says that it is; see `tracking`."""

    anchors: TrackedAnchors
    octets: bytes

    def place(self) -> TrackedAnchors:
        """Make it, in a folder of our own. Raises OSError, also if there is one already."""
        self.anchors.runtime.parent.mkdir(mode=0o700)
        self.anchors.runtime.write_bytes(self.octets)
        return self.anchors


@dataclass(frozen=True, slots=True)
class Proven:
    """A configuration that libunbound accepted.

    upstream: what it is known by; equal configurations have equal names. text: of its contexts.
    files: what it depends on besides the Corefile. warnings: what of the user's was left out.
    keeping, anchor_file: of the first context if it keeps trust anchors up to date (RFC 5011).
    """

    upstream: bytes
    text: bytes
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    keeping: bytes | None = None
    anchor_file: AnchorFile | None = None

    @property
    def slots(self) -> int:
        """How many recursions it may have at a time: its outgoing-range, the last one given."""
        return min(MAX_RANGE, *(int(found) for found in _RANGE.findall(self.text)[-1:]))


async def prove(
    directives: Sequence[RecursionSettings], track: Track, known: frozenset[str] | None = None
) -> tuple[list[Proven], frozenset[str]]:
    """Return the proven configuration of each directive, and which optional options are known.

    `known` is what an earlier call returned; without it libunbound is asked, and the process must
    have loaded no configuration yet. Of those with
    `trust_anchor auto` the first keeps the anchors of all up to date. Leaves nothing behind.

    Raises ConfigurationErrors with all that is wrong, ResolverError if libunbound cannot be had.
    """
    backend.check_loads()
    keeper = next((s for s in directives if s.trust_anchor is AnchorSource.AUTO), None)
    tracked = track() if keeper is not None else None
    try:
        octets = tracked.runtime.read_bytes() if tracked is not None else b""
        with backend.prover(is_first=known is None) as prover:
            if known is None:
                known = await prover.probe()
            # In one order, whoever wrote them: a reload recognises what runs by its text.
            records = tuple(sorted(tracked.records if tracked is not None else anchors.shipped()))
            environment = _environment(directives, known, records)
            rendered = [render(settings, environment) for settings in directives]
            keeping = None
            if keeper is not None and tracked is not None:
                own = dataclasses.replace(environment, tracked=tracked.runtime)
                keeping = render(keeper, own)
            told = await prover.prove([*rendered, *([keeping] if keeping else [])])
    finally:
        if tracked is not None:
            tracked.close()
    complaints = [complaint for each in told for complaint in each]
    complaints += check_process_wide(rendered)
    if complaints:
        raise ConfigurationErrors(_error(complaint) for complaint in dict.fromkeys(complaints))
    proven = [
        Proven(_name(each, b"static"), each.text, each.files, each.warnings) for each in rendered
    ]
    if keeper is not None and tracked is not None and keeping is not None:
        index = directives.index(keeper)
        proven[index] = dataclasses.replace(
            proven[index],
            upstream=_name(rendered[index], b"keeping"),
            warnings=keeping.warnings,
            keeping=keeping.text,
            anchor_file=AnchorFile(tracked, octets),
        )
    return proven, known


def _environment(
    directives: Sequence[RecursionSettings], known: frozenset[str], records: tuple[str, ...]
) -> Environment:
    """Return what the configurations depend on; the descriptors are for all of them together."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    alone = Environment(descriptors, CONTEXTS, known, records)
    if len(directives) == 1:
        return alone
    distinct = {render(settings, alone).text for settings in directives}
    return dataclasses.replace(alone, contexts=CONTEXTS * len(distinct))


def _name(rendered: Rendered, kind: bytes) -> bytes:
    """Return a digest of a configuration with the files that it depends on."""
    digest = hashlib.sha256(kind + b"\n" + rendered.text)
    for path in rendered.files:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(hashlib.sha256(content).digest())
    return digest.digest()[:16]


def _error(complaint: Complaint) -> ConfigurationError:
    return ConfigurationError(str(complaint), complaint.where.file, complaint.where.line)
