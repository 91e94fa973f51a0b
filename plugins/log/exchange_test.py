# SPDX-License-Identifier: Apache-2.0
"""What is told of an exchange."""

import pytest

from plugins.log.exchange import Exchange
from plugins.log.lines import class_name, type_name
from resolver.classify import Class
from resolver.response import Response
from resolver.testing import request, response


@pytest.mark.parametrize(
    "got, want",
    [
        pytest.param(response("a. A", ["a. 1 IN A 192.0.2.1"]), Class.SUCCESS, id="an answer"),
        pytest.param(response("a. A", rcode="NXDOMAIN"), Class.DENIAL, id="no such name"),
        pytest.param(response("a. A", rcode="REFUSED"), Class.ERROR, id="a refusal"),
        pytest.param(None, Class.ERROR, id="nothing"),
    ],
)
def test_class(got: Response | None, want: Class) -> None:
    """CoreDNS's three."""
    assert Exchange(request("a. A"), got, None, 0, False, 0.0).response_class is want


@pytest.mark.parametrize(
    "question, shown",
    [
        pytest.param("a. A", "A IN", id="known"),
        pytest.param("a. TYPE65280", "TYPE65280 IN", id="RFC 3597"),
        pytest.param("a. CH TXT", "TXT CH", id="another class"),
    ],
)
def test_types_and_classes(question: str, shown: str) -> None:
    """By name, or by number."""
    made = Exchange(request(question), None, None, 0, False, 0.0)
    assert f"{type_name(made.qtype)} {class_name(made.qclass)}" == shown
