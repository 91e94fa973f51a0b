# SPDX-License-Identifier: Apache-2.0
"""Options that are one for the whole process, in blocks that differ."""

from resolver.recursion.process_wide import check_process_wide
from resolver.recursion.samples_test import rendered


def test_process_wide_option_that_differs() -> None:
    """One value for the whole process: both lines are named."""
    blocks = [rendered("option cache-max-ttl 60"), rendered(), rendered("option cache-max-ttl 60")]
    texts = [str(complaint) for complaint in check_process_wide(blocks)]
    assert texts == [
        "Corefile:2 - Error during parsing: plugin/unbound: option 'cache-max-ttl' is one for "
        "the whole process: '60' at Corefile:2, '86400' at Corefile:1",
        "Corefile:2 - Error during parsing: plugin/unbound: option 'cache-max-ttl' is one for "
        "the whole process: '86400' at Corefile:1, '60' at Corefile:2",
    ]
    assert check_process_wide([blocks[0], blocks[2]]) == []


def test_process_wide_ignores_others() -> None:
    """Options of a context may differ between blocks."""
    assert check_process_wide([rendered("option msg-cache-size 1m"), rendered()]) == []
