# SPDX-License-Identifier: Apache-2.0
"""Options that libunbound keeps once for the whole process must agree in all `unbound` blocks.

It copies them into globals whenever a context is made (T: `cache-max-ttl` of a second context
changes the answers of the first), so the block that comes last would decide for all.
"""

from collections.abc import Sequence

from resolver.recursion.configuration import Complaint, Rendered


def check_process_wide(rendered: Sequence[Rendered]) -> list[Complaint]:
    """Return a complaint for each option whose value differs between blocks, naming both lines.

    An option that only one block sets differs from what it is by default in the other.
    """
    found: list[Complaint] = []
    for second, block in enumerate(rendered):
        for first in rendered[:second]:
            names = sorted(first.process_wide.keys() | block.process_wide.keys())
            found += filter(None, (_compare(name, first, block) for name in names))
    return list(dict.fromkeys(found))


def _compare(name: str, first: Rendered, second: Rendered) -> Complaint | None:
    here, here_at = first.process_wide.get(name, (None, None))
    there, there_at = second.process_wide.get(name, (None, None))
    if here == there:
        return None
    one = f"'{here or 'the default'}' at {here_at or first.where}"
    other = f"'{there or 'the default'}' at {there_at or second.where}"
    where = there_at or here_at or second.where
    return Complaint(where, f"option '{name}' is one for the whole process: {one}, {other}")
