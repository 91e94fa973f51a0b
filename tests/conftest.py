# SPDX-License-Identifier: Apache-2.0
"""What whole-server tests share: a network of their own, the mini internet in it, the engines."""

import os
from collections.abc import Iterator

import pytest

from tests.internet import Internet
from tests.namespace import Network, enter

# `plan` is the python engine that skips what the plan of each chain lets an engine skip: whatever
# a whole-server test expects holds with it too.
ENGINES = ("python", "plan", "native")
_NETWORK = pytest.StashKey[Network]()


def pytest_configure(config: pytest.Config) -> None:
    """Enter a network namespace while there is but one thread.

    Servers are started without the socket of `rootward control`, but where it is the subject.
    """
    os.environ["ROOTWARD_CONTROL"] = "off"
    config.stash[_NETWORK] = enter()


def pytest_report_header(config: pytest.Config) -> str:
    """Say where the mini internet is, or what it lacks."""
    return f"mini internet: {config.stash[_NETWORK].describe()}"


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name the engine under test; each behaviour is tested with every one."""
    return str(request.param)


@pytest.fixture(scope="session")
def internet(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Internet]:
    """Run the mini internet, one for all tests: queries are counted from each test's own reset."""
    problem = pytestconfig.stash[_NETWORK].problem
    if problem is not None:
        pytest.fail(f"the mini internet cannot run: {problem}", pytrace=False)
    with Internet(tmp_path_factory.mktemp("internet")) as running:
        yield running
