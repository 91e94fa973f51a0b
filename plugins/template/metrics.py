# SPDX-License-Identifier: Apache-2.0
"""The metrics of template, in CoreDNS's names."""

from collections.abc import Mapping
from typing import Any

from resolver.metrics import Metrics
from resolver.request import Request

_LABELS = ("server", "zone", "view", "class", "type")
_FAILURE_LABELS = (*_LABELS, "section", "template")


class TemplateMetrics:
    """Counters of one block's templates."""

    def __init__(self, metrics: Metrics) -> None:
        self._matches = metrics.counter(
            "coredns_template_matches_total", "Counter of template regex matches.", _LABELS
        )
        self._template_failures = metrics.counter(
            "coredns_template_template_failures_total",
            "Counter of go template failures.",
            _FAILURE_LABELS,
        )
        self._rr_failures = metrics.counter(
            "coredns_template_rr_failures_total",
            "Counter of mis-templated RRs.",
            _FAILURE_LABELS,
        )

    def matched(self, request: Request, data: Mapping[str, Any]) -> None:
        """Count a question that a template answers."""
        self._matches.labels(*_values(request, data)).inc()

    def failed(
        self, request: Request, data: Mapping[str, Any], section: str, text: str, *, rendered: bool
    ) -> None:
        """Count a template that failed; `rendered`: there was a text, but it is no record."""
        counter = self._rr_failures if rendered else self._template_failures
        counter.labels(*_values(request, data), section, text).inc()


def _values(request: Request, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return label values; types and classes without a name are `other`, lest clients invent."""
    qclass = data["Class"] if not data["Class"].startswith("CLASS") else "other"
    qtype = data["Type"] if not data["Type"].startswith("TYPE") else "other"
    return request.server, data["Zone"], request.view, qclass, qtype
