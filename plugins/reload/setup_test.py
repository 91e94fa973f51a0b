# SPDX-License-Identifier: Apache-2.0
"""What `reload` accepts."""

import pytest

from plugins.reload.setup import read_times, setup
from resolver.errors import ConfigurationError
from resolver.testing import controller, run


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("reload", (30_000, 15_000), id="nothing"),
        pytest.param("reload 10s", (10_000, 5_000), id="jitter is at most half"),
        pytest.param("reload 10s 2s", (10_000, 2_000), id="both"),
        pytest.param("reload 2s 0s", (2_000, 0), id="the shortest, without jitter"),
        pytest.param("reload 1m 1s", (60_000, 1_000), id="minutes"),
        pytest.param("reload {\n}", (30_000, 15_000), id="empty braces"),
    ],
)
def test_its_times(text: str, want: tuple[int, int]) -> None:
    """As they are written, or CoreDNS's defaults."""
    made = controller(text)
    setup(made)
    assert read_times(made.once()) == want
    assert made.block.handlers == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("reload foo", "foo", id="no duration"),
        pytest.param("reload 10s foo", "foo", id="a jitter that is none"),
        pytest.param("reload 10s 5s foo", "Wrong argument count", id="three arguments"),
        pytest.param("reload 1s", "interval value must be greater or equal to 2s", id="too soon"),
        pytest.param("reload 0s", "interval value must be greater or equal to 2s", id="never"),
        pytest.param("reload -3s", "interval value must be greater", id="before"),
        pytest.param(
            "reload 3s 0.5s",
            "jitter value must be 0 or greater or equal to 1s",
            id="a jitter too short",
        ),
        pytest.param("reload {\n foo\n}", "unknown property 'foo'", id="a property"),
        pytest.param("reload\nreload", "can only be used once", id="twice in a block"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=rf"^Corefile:\d .*{says}"):
        setup(controller(text))


def test_where_nothing_reloads_it_does_nothing() -> None:
    """As in `rootward check`."""

    async def live() -> None:
        for hook in (*made.block.hooks.started, *made.block.hooks.shutdown):
            await hook()

    made = controller("reload")
    setup(made)
    run(live())
