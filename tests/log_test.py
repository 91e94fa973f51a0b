# SPDX-License-Identifier: Apache-2.0
"""What `log` tells of queries, whichever engine serves them."""

import logging

import pytest

from tests.serve import serving

COREFILE = """\
example.org {
    bind 127.0.0.1
    log
    cache
    template IN A {
        answer "{{ .Name }} 60 IN A 192.0.2.1"
    }
}
"""


def test_queries_that_no_chain_is_asked_about(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    """They leave no line and do no harm: another class, another zone, no query at all."""
    caplog.set_level(logging.INFO)
    with serving(COREFILE, engine) as server:
        assert server.query("www.example.org. CH A").rcode() == 5
        assert server.query("www.example.net. A").rcode() == 5
        for _ in range(2):
            assert server.query("www.example.org. A").rcode() == 0
    lines = [record.getMessage() for record in caplog.records if record.name == "log"]
    told = 0 if engine == "plan" else 2  # that one leaves onlookers out
    asked = [line.split('"')[1].split()[:3] for line in lines]
    assert asked == [["A", "IN", "www.example.org."]] * told
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
