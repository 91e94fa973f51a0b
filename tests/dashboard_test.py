# SPDX-License-Identifier: Apache-2.0
"""The dashboard asks for what a scrape of a full chain has: each metric, each label."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.query
import pytest

from tests.command.running import Command
from tests.internet import Internet
from tests.metric_names_test import documented
from tests.promql import Named, PromqlError, named
from tests.scrape import LISTENING, PATIENCE_S, Scrape, scrape
from tests.serve import query_message

DASHBOARD = json.loads((Path(__file__).parents[1] / "deploy" / "grafana.json").read_text())
COREFILE = """
. {{
    bind 127.0.0.1
    metadata
    prometheus localhost:0
    errors
    log
    loadbalance
    acl {{
        block type AXFR net 127.0.0.0/8
        filter type WKS net 127.0.0.0/8
        allow net 127.0.0.0/8
    }}
    cache
    unbound {{
        {}
    }}
}}
"""
TARGET = {"instance", "job"}  # what Prometheus itself adds to each sample
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
BUILT_IN = {"__rate_interval"}
DOCUMENTED = documented()


def expressions() -> Iterator[tuple[str, str, str]]:
    """Yield title, expression and legend of each query."""
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"], ""


EXPRESSIONS = [
    pytest.param(expression, legend, id=f"{title}-{number}")
    for number, (title, expression, legend) in enumerate(expressions())
]


@pytest.fixture(scope="module")
def shown(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrape]:
    """A scrape after a few queries: answers, denials, a failure, from the cache and not."""
    folder = tmp_path_factory.mktemp("dashboard")
    properties = internet.unbound_properties.replace("\n", "\n        ")
    (folder / "Corefile").write_text(COREFILE.format(properties))
    command = Command(folder, "-dns.port", "0")
    try:
        said = "\n".join(command.up())
        (port,) = (int(found) for found in re.findall(r"^\.:(\d+)", said, re.M))
        (address,) = re.findall(f"{LISTENING}(.+)", said)
        for question in (
            "www.example.org. A",
            "www.example.org. A",
            "nowhere.example.org. A",
            "nowhere.example.org. A",
            "www.expired.example. A",
            "www.example.org. CH A",
        ):
            dns.query.udp(query_message(question, do=True), "127.0.0.1", PATIENCE_S, port)
        dns.query.tcp(query_message("www.example.org. AAAA"), "127.0.0.1", PATIENCE_S, port)
        yield scrape(address)
    finally:
        command.process.kill()
        command.end()


@pytest.mark.parametrize("expression, legend", EXPRESSIONS)
def test_a_query_asks_for_what_is_there(expression: str, legend: str, shown: Scrape) -> None:
    """Its metrics are shown, and have the labels that it selects, groups and names lines by."""
    if expression.startswith("label_values("):
        expression = f"sum by ({expression[:-1].split(',')[1]}) ({expression[13:].split(',')[0]})"
    asked = named(expression)
    assert asked.selectors
    for metric, selected in asked.selectors:
        base = re.sub(r"_bucket$", "", metric)
        kind = shown.kinds.get(base)
        assert kind is not None, f"{metric} is not shown"
        assert (kind == "histogram") == metric.endswith("_bucket")
        # A series that nothing was counted in yet has no sample; then its manual's word counts
        labels = shown.labels(metric) or set(DOCUMENTED.get(base, ()))
        assert selected | asked.grouped <= labels | TARGET
    assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= asked.grouped


@pytest.mark.parametrize("expression, legend", EXPRESSIONS)
def test_a_rate_is_of_a_counter(expression: str, legend: str, shown: Scrape) -> None:
    """And a counter is only looked at through one."""
    rated = set(re.findall(r"rate\((\w+)", expression))
    for metric, _ in named(expression).selectors if "label_values" not in expression else ():
        kind = shown.kinds[re.sub(r"_bucket$", "", metric)]
        alone = metric == "coredns_panics_total"  # all since the start
        assert (metric in rated) == (kind in ("counter", "histogram")) or alone


def test_variables_are_declared() -> None:
    """Each `$name` is one of the dashboard's, or Grafana's own."""
    declared = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(VARIABLE.findall(json.dumps(DASHBOARD["panels"])))
    assert used <= declared | BUILT_IN
    assert declared <= used


def test_every_query_has_the_instance_that_was_chosen() -> None:
    """Each selector, or one panel would show all servers."""
    for title, expression, _ in expressions():
        if "label_values" not in expression:
            assert all("instance" in labels for _, labels in named(expression).selectors), title


def test_panels_do_not_overlap() -> None:
    """In a grid of 24 columns; ids are unique, all queries have the chosen data source."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        x, y, w, h = (panel["gridPos"][key] for key in "xywh")
        cells = set(itertools.product(range(x, x + w), range(y, y + h)))
        assert x + w <= 24 and not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    for panel in PANELS:
        for target in panel["targets"]:
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize(
    "expression, want",
    [
        pytest.param("a_total", Named([("a_total", frozenset())], frozenset()), id="a metric"),
        pytest.param(
            'sum by (le, b) (rate(a_bucket{c="{d}", e=~"$f"}[5m])) / 2 > 1e3',
            Named([("a_bucket", frozenset("ce"))], frozenset({"le", "b"})),
            id="all at once",
        ),
        pytest.param(
            "max(a) by (b) unless on (c) d offset 5",
            Named([("a", frozenset()), ("d", frozenset())], frozenset("bc")),
            id="grouping behind, operators",
        ),
    ],
)
def test_expressions_are_understood(expression: str, want: Named) -> None:
    """Metrics are told from functions, labels and words of the language."""
    assert named(expression) == want


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("sum(a", id="no end"),
        pytest.param("sum(a))", id="too many ends"),
        pytest.param("summ(a)", id="an unknown function"),
        pytest.param("a{b}", id="a label without a value"),
        pytest.param('a{b="c" d="e"}', id="no comma"),
        pytest.param("sum by a (b)", id="no list"),
        pytest.param('a{b="c}', id="a string without end"),
        pytest.param("a ; b", id="a sign of no language"),
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    """A query that Prometheus would refuse fails here."""
    with pytest.raises(PromqlError):
        named(expression)
