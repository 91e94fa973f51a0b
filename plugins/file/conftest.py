# SPDX-License-Identifier: Apache-2.0
"""What tests of `file` share: a zone, written down."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ZONE = """
$TTL 60
@          IN SOA ns1.example.org. host.example.org. {serial} 7200 3600 1209600 30
@          IN NS ns1.example.org.
ns1        IN A 192.0.2.1
www        IN CNAME host
host       IN A {host}
outside    IN CNAME www.example.net.
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes the zone's file, another one each time, and returns its path.

    Words: serial, host (its address), text (more lines), whole (in place of all lines).
    """
    path = tmp_path / "db.example.org"

    def write_zone(
        serial: int = 1, host: str = "192.0.2.2", text: str = "", whole: str = ""
    ) -> Path:
        number = path.stat().st_mtime_ns + 10**9 if path.exists() else 10**18
        path.write_text(whole or ZONE.format(serial=serial, host=host) + text)
        os.utime(path, ns=(number, number))
        return path

    return write_zone
