# SPDX-License-Identifier: Apache-2.0
"""Metadata: labels that plugins put on a query, for other plugins of its chain to read.

A label is `PLUGIN/NAME`. What is kept is a function, called by whoever wants the value: a label
that nobody reads costs next to nothing. Labels are collected where a block has `metadata`, which
stands at the head of the chain; without it a query has none.

    provider    has a method `metadata(request)`, asked for each query before the chain runs
    later       `set_label(request, ...)`, for what is known only while the query is answered
    consumer    `request.labels.get("view/name")`; what it acts on, it has to claim
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from resolver.request import Request

Label = Callable[[], str]
"""Returns a label's value, empty if there is none (yet)."""

_FORM = re.compile(r"[^/\s]+(/[^/\s]+)+")


@runtime_checkable
class Provider(Protocol):
    """A handler with labels to give."""

    @property
    def name(self) -> str:
        """The directive's word."""

    def metadata(self, request: Request) -> Mapping[str, Label]:
        """Return labels for a query. Called for every one: quick, no waiting, nothing raised."""


@runtime_checkable
class Collector(Protocol):
    """The handler that collects a block's labels: `metadata`. Views ask it ahead of the chain."""

    def collected(self, request: Request) -> Labels:
        """Return the labels of a query."""


class Labels(dict[str, Label]):
    """The labels of one query; all Requests made from the first by `replace` have them."""


def is_label(text: str) -> bool:
    """Return whether `text` has the form of a label: words with a slash between them."""
    return _FORM.fullmatch(text) is not None


def set_label(request: Request, label: str, value: Label) -> bool:
    """Put a label on a query whose labels are collected; return whether they are.

    Raises ValueError if `label` has not the form of one.
    """
    if not is_label(label):
        raise ValueError(f"not a label: '{label}'")
    if not isinstance(request.labels, Labels):
        return False
    request.labels[label] = value
    return True
