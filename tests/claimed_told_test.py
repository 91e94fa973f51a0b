# SPDX-License-Identifier: Apache-2.0
"""What observers are told of misses that a plugin passes on, whoever answers them: the same."""

import logging
import random
import re
import time
from typing import Any

import pytest

from resolver.clock import SystemClock
from resolver.engine.engine import Engine
from resolver.engine.python import PythonEngine
from resolver.native.engine import NativeEngine
from tests.internet import Internet
from tests.serve import PASSES, PATIENCE_S, Running, serving

COREFILE = """
. {{
    bind 127.0.0.1
    prometheus 127.0.0.1:0
    errors
    {log}
    {ahead}
    loadbalance
    cache
    {passes}
    {behind}
    unbound {{
        {properties}
    }}
}}
"""
NAMES = (
    "www.example.org. A",
    "www.example.net. A",
    "nowhere.example.org. A",
    "www.expired.example. A",
    "www.lame.example. A",
    "large.example.org. TXT",
    "www.example.org. ANY",
    "alias2.example.org. A",
)
WAYS: tuple[dict[str, Any], ...] = ({}, {"do": True}, {"cd": True}, {"ad": True, "edns": True})
LOGS = {
    "placeholders": 'log . "{combined} {local} {class} {when}"',
    "json": "log {\n format json\n }",
    "some classes, of some names": "log example.org {\n class denial error\n }",
    "labels, which only the chain knows": 'log . "{common} {/unbound/none}"',
}
# What differs from one server to another: ports, and how long it took.
_OURS = re.compile(r'127\.0\.0\.1:\d+|\d+\.\d{9}s|"port": ?\d+|"duration[^,}]*|"time[^,}]*')


class Replying(NativeEngine):
    """The native engine, and how many replies came from chains."""

    def __init__(self) -> None:
        super().__init__(SystemClock(), random.Random(1), 1)
        self.replies = 0

    def _reply(self, ticket: int, octets: bytes | None) -> None:
        self.replies += 1
        super()._reply(ticket, octets)


def samples(server: Running) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return all metrics of queries, but for how long they took and where they were answered."""
    server.call(server.instance.metrics.refresh)
    port = str(server.endpoint.port)
    return {
        (sample.name, tuple(sorted((k, v.replace(port, "P")) for k, v in sample.labels.items()))): (
            sample.value
        )
        for metric in server.instance.metrics.registry.collect()
        for sample in metric.samples
        if sample.name.startswith(("coredns_", "rootward_unbound_"))
        and sample.value
        and not sample.name.endswith(("_created", "_seconds_bucket", "_seconds_sum"))
        and not sample.name.startswith(("coredns_cache_entries", "coredns_process"))
    }


def told(
    internet: Internet, engine: Engine, caplog: pytest.LogCaptureFixture, **lines: str
) -> tuple[list[str], dict[Any, float]]:
    """Ask a server everything; return its log and its metrics."""
    caplog.clear()
    corefile = COREFILE.format(
        passes=PASSES,
        **{"ahead": "", "behind": "", **lines},
        properties=internet.unbound_properties,
    )
    with serving(corefile, engine) as server:
        number = 0
        for tcp in (False, True):
            for name in NAMES:
                for way in WAYS:
                    number += 1
                    server.query(
                        name.replace("www", "www" if tcp else "WWW"), id=number, tcp=tcp, **way
                    )
        end_s = time.monotonic() + PATIENCE_S
        while requests_of(samples(server)) < number:  # an answer may leave before it is counted
            assert time.monotonic() < end_s
        counted = samples(server)
    lines_of = [r.getMessage() for r in caplog.records if r.name in ("log", "plugin/errors")]
    return sorted(_OURS.sub("", line) for line in lines_of), counted


def requests_of(counted: dict[Any, float]) -> float:
    """Return how many requests were counted."""
    return sum(n for (name, _), n in counted.items() if name == "coredns_dns_requests_total")


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
@pytest.mark.parametrize(
    "house",
    [
        pytest.param({}, id="alone"),
        pytest.param({"behind": "minimal"}, id="with shorter answers"),
        pytest.param({"ahead": "acl {\n allow net *\n }"}, id="with an acl"),
    ],
)
def test_engines_tell_the_same(
    internet: Internet, caplog: pytest.LogCaptureFixture, log: str, house: dict[str, str]
) -> None:
    """Counters, sizes and lines, of first questions and of kept ones; C answers all it may."""
    caplog.set_level(logging.INFO)
    native = Replying()
    wanted = told(internet, PythonEngine(), caplog, log=log, **house)
    got = told(internet, native, caplog, log=log, **house)
    assert got == wanted
    assert wanted[0]
    has_labels = "{/" in log
    by_chain = len(NAMES) * len(WAYS)
    assert (native.replies >= by_chain) is has_labels
