# SPDX-License-Identifier: Apache-2.0
"""Files of a store's content, where there is no room for one."""

import resource
from pathlib import Path

import pytest

from plugins.cache.store import MemoryStore
from plugins.cache.store_test import PLENTY, put
from resolver import imagefile
from resolver.errors import ResolverError
from resolver.testing import FixedClock, run


def test_without_room_nothing_is_left(tmp_path: Path) -> None:
    """Not even a part of a file, and what was there before still is."""
    clock = FixedClock()
    path = tmp_path / "kept"
    path.write_bytes(b"before")
    store = MemoryStore(PLENTY)
    put(store, "a.example.", now_ms=clock.now_ms())
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, most[1]))
    try:
        with pytest.raises(ResolverError, match=r"^cannot write .*: file too large$"):
            run(imagefile.write(path, store, clock))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("kept", b"before")]
