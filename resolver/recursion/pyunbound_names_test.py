# SPDX-License-Identifier: Apache-2.0
"""Names on their way to pyunbound, which takes text."""

import pytest

from resolver.errors import ResolverError
from resolver.recursion.pyunbound import name_text


@pytest.mark.parametrize(
    ("qname", "text"),
    [
        pytest.param(b"\0", ".", id="the root"),
        pytest.param(b"\3wWw\1a\0", "wWw.a.", id="letters"),
        pytest.param(b"\3a.b\0", "a\\046b.", id="a dot within a label"),
        pytest.param(b"\3-_*\0", "\\045\\095\\042.", id="what has a meaning somewhere"),
        pytest.param(b"\2\0\xff\0", "\\000\\255.", id="no text"),
    ],
)
def test_names(qname: bytes, text: str) -> None:
    """Any octet may stand in a label (RFC 2181, 11)."""
    assert name_text(qname) == text


@pytest.mark.parametrize("octets", [b"\3www", b"\3www\0\0", b"\3www\xc0\0", b"\x40" + bytes(65)])
def test_what_is_no_name(octets: bytes) -> None:
    """Compression pointers, long labels, missing or superfluous octets."""
    with pytest.raises(ResolverError, match="malformed name"):
        name_text(octets)
