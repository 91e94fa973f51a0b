# SPDX-License-Identifier: Apache-2.0
"""What tests of reloads share: a directive, and a server that has it."""

from collections.abc import Iterator

import pytest

from tests.reloading.house import House, corefile
from tests.serve import Running, serving


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def server(house: House, engine: str) -> Iterator[Running]:
    with serving(corefile("one"), engine, more={"stage": house.setup}) as running:
        yield running
