# SPDX-License-Identifier: Apache-2.0
"""What `root` warns of."""

import logging
from pathlib import Path

import pytest

from plugins.root.root import check


@pytest.mark.parametrize(
    "name, warnings",
    [
        pytest.param(".", [], id="a folder"),
        pytest.param("missing", ["Root path does not exist: {}"], id="nothing yet"),
    ],
)
def test_a_missing_folder_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, warnings: list[str]
) -> None:
    """It may be made later; what needs a file there says so itself."""
    path = str(tmp_path / name)
    assert check(path, logging.getLogger("plugin/root")) == path
    assert caplog.messages == [text.format(path) for text in warnings]
