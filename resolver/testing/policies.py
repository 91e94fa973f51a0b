# SPDX-License-Identifier: Apache-2.0
"""Policies of native steps for tests of plans: the least that each can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

from resolver import names
from resolver.engine.plan import Step


@dataclass
class Covered:
    """A policy of recursion: what lies in some zones."""

    zones: frozenset[bytes] = frozenset((names.ROOT,))
    excepted: frozenset[bytes] = frozenset()
    snoop: bool = False
    refused_types: Mapping[int, object] = field(default_factory=dict)
    bogus: tuple[tuple[str, int], ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether others exist."""
        return names.ROOT not in self.zones

    def covers(self, qname: bytes) -> bool:
        """Return whether a name is in one."""
        return names.longest_match(qname, self.zones) is not None


POLICIES: Mapping[Step, object] = {
    Step.OBSERVE: None,
    Step.CLASSIFY: SimpleNamespace(rules=(), default=None),
    Step.SHUFFLE: SimpleNamespace(is_round_robin=True),
    Step.CACHE: SimpleNamespace(
        zones=(names.ROOT,),
        success=SimpleNamespace(max_s=3600, min_s=0, disabled=()),
        denial=SimpleNamespace(max_s=1800, min_s=0, disabled=()),
        prefetch=None,
        stale=None,
        max_stale_ms=0,
        servfail_ms=5000,
        keep_ttl=False,
    ),
    Step.RECURSE: Covered(),
}
"""What a step's handler may have as its policy."""
