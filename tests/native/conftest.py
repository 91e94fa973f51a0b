# SPDX-License-Identifier: Apache-2.0
"""What tests of the native part share: an authority, bridges, the C functions themselves."""

from collections.abc import Callable, Iterator

import pytest

from resolver.recursion.bridge import Bridge
from tests.native import looking as looking_functions
from tests.native import told as told_functions
from tests.native.authority import Authority
from tests.native.internals import Internals, build


@pytest.fixture
def authority() -> Iterator[Authority]:
    serving = Authority()
    yield serving
    serving.stop()


@pytest.fixture
def make() -> Iterator[Callable[..., Bridge]]:
    """Return the maker of bridges that are closed at the end."""
    made: list[Bridge] = []

    def bridge(text: bytes, capacity: int = 1024, drain_ms: int = 200) -> Bridge:
        made.append(Bridge(capacity, drain_ms))
        made[-1].reconfigure(text)
        return made[-1]

    yield bridge
    for each in made:
        each.close()


@pytest.fixture
def bridge(make: Callable[..., Bridge], authority: Authority) -> Bridge:
    return make(authority.configuration())


@pytest.fixture(scope="session")
def internals(tmp_path_factory: pytest.TempPathFactory) -> Internals:
    """Return the C functions behind native.h, compiled once a session."""
    return build(tmp_path_factory.mktemp("internals"))


@pytest.fixture(scope="session")
def told(internals: Internals) -> Internals:
    """Return the C functions by which lanes tell of queries."""
    return told_functions.build(internals)


@pytest.fixture(scope="session")
def looking(internals: Internals) -> Internals:
    """Return the C functions by which lanes look at plans."""
    return looking_functions.build(internals)
