# SPDX-License-Identifier: Apache-2.0
"""Reading what *prometheus* shows, as Prometheus itself would."""

import ssl
import urllib.request
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

PATIENCE_S = 20.0
LISTENING = "listening address="


class Scrape(NamedTuple):
    """What one scrape got. `kinds` are the metrics' types by the names on their TYPE lines."""

    text: str
    content_type: str
    kinds: dict[str, str]
    samples: tuple[Sample, ...]

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of the samples of a name that have these labels."""
        wanted = labels.items()
        return sum(s.value for s in self.samples if s.name == name and wanted <= s.labels.items())

    def labels(self, name: str) -> set[str]:
        """Return the names of the labels that samples of a name have."""
        return {label for s in self.samples if s.name == name for label in s.labels}


def addresses(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return where the listeners of a server in this process are, in their order."""
    told = [message for message in caplog.messages if message.startswith(LISTENING)]
    return [message.removeprefix(LISTENING) for message in told]


def scrape(address: str, tls: ssl.SSLContext | None = None) -> Scrape:
    """Return what is shown at an address. Raises urllib.error.URLError if nobody listens."""
    url = f"{'http' if tls is None else 'https'}://{address}/metrics"
    with urllib.request.urlopen(url, timeout=PATIENCE_S, context=tls) as answer:
        text = answer.read().decode()
        content_type = answer.headers["Content-Type"]
    return Scrape(text, content_type, dict(_kinds(text.splitlines())), tuple(_samples(text)))


def _kinds(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            yield name, kind


def _samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        yield from family.samples
