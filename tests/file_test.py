# SPDX-License-Identifier: Apache-2.0
"""Zones of a house on a whole server, with a cache ahead of them and other blocks beside."""

import asyncio
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import dns.rcode

from plugins.file.file import File
from resolver import names
from tests.serve import PATIENCE_S, Running, serving

COREFILE = """
home.arpa {{
    bind 127.0.0.1
    cache
    file {file} {{
        reload_by_mtime
    }}
}}
office.arpa {{
    bind 127.0.0.1
    hosts none {{
        192.0.2.80 www.office.arpa
    }}
}}
"""
ZONE = """
@ 3600 IN SOA ns host 1 7200 3600 1209600 3600
@ 3600 IN NS ns
ns 3600 IN A 192.168.1.1
web 3600 IN CNAME www.office.arpa.
far 3600 IN CNAME www.example.net.
host 3600 IN A 192.168.1.{host}
"""


def write(file: Path, host: int) -> None:
    """Write the zone; its time tells one from another."""
    file.write_text(ZONE.format(host=host))
    os.utime(file, (host, host))


def read_again(server: Running) -> None:
    """Let the time for a look at the file come, and wait until it is done."""
    handler = server.instance.blocks[0].handler("file")
    assert isinstance(handler, File)
    done: Future[Any] = Future()

    def begin() -> None:
        task = asyncio.get_running_loop().create_task(
            handler.read_again([names.from_text("home.arpa.")])
        )
        task.add_done_callback(lambda ended: done.set_result(ended.exception()))

    server.call(begin)
    assert done.result(PATIENCE_S) is None


def answer(server: Running, question: str) -> list[str]:
    """Return the RCODE and the data of the answer."""
    response = server.query(question)
    data = [str(rdata) for rrset in response.answer for rdata in rrset]
    return [dns.rcode.to_text(response.rcode()), *data]


def test_a_zone_is_served(engine: str, tmp_path: Path) -> None:
    """Aliases into another block's names are followed, and those that nobody here knows are not."""
    file = tmp_path / "db"
    write(file, 2)
    with serving(COREFILE.format(file=file), engine) as server:
        for _ in range(2):  # the second time out of the cache
            assert answer(server, "Host.Home.Arpa. A") == ["NOERROR", "192.168.1.2"]
            assert answer(server, "web.home.arpa. A") == [
                "NOERROR",
                "www.office.arpa.",
                "192.0.2.80",
            ]
            assert answer(server, "web.home.arpa. MX") == ["NOERROR", "www.office.arpa."]
            assert answer(server, "far.home.arpa. A") == ["NOERROR", "www.example.net."]
            assert answer(server, "none.home.arpa. A") == ["NXDOMAIN"]


def test_the_cache_forgets_a_zone_that_has_changed(engine: str, tmp_path: Path) -> None:
    """At once, whatever its TTL."""
    file = tmp_path / "db"
    write(file, 2)
    with serving(COREFILE.format(file=file), engine) as server:
        assert answer(server, "host.home.arpa. A") == ["NOERROR", "192.168.1.2"]
        write(file, 3)
        read_again(server)
        assert answer(server, "host.home.arpa. A") == ["NOERROR", "192.168.1.3"]
