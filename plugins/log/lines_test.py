# SPDX-License-Identifier: Apache-2.0
"""Placeholders and JSON."""

import json

import pytest

from plugins.log.exchange import Exchange
from plugins.log.lines import COMBINED, compile_format
from plugins.log.objects import as_json
from resolver import wire
from resolver.request import Edns, Endpoint, Transport
from resolver.response import Validation
from resolver.testing import request, response

ANSWER = response(
    "www.example.org. AAAA",
    ["www.example.org. 60 IN AAAA 2001:db8::1"],
    validation=Validation.SECURE,
    plugin="unbound",
    flags=wire.AA,
)


def exchange(*, answered: bool = True, rcode: int | None = None) -> Exchange:
    """Return a query by UDP over IPv6, answered in 37,990,251 ns."""
    asked = request(
        "WWW.example.org. AAAA",
        do=True,
        edns=Edns(payload_size=4096),
        client=Endpoint("2001:db8::7", 50759),
        local=Endpoint("::1", 53),
        id=29008,
        labels={"view/name": lambda: "inside", "empty/one": lambda: ""},
    )
    return Exchange(asked, ANSWER if answered else None, rcode, 37_990_251, True, 0.0)


@pytest.mark.parametrize(
    "text, line",
    [
        pytest.param(
            "{common}",
            '[2001:db8::7]:50759 - 29008 "AAAA IN www.example.org. udp 44 true 4096" '
            "NOERROR qr,aa,rd,ra,ad 61 0.037990251s",
            id="common",
        ),
        pytest.param("{local} {proto}", "[::1] udp", id="the other end"),
        pytest.param("{/view/name} {/forward/upstream} {/empty/one}", "inside - -", id="labels"),
        pytest.param("{when} {foo}", "{when} {foo}", id="what means nothing stays"),
        pytest.param("plain", "plain", id="no placeholder"),
        pytest.param("100% {proto} %s", "100% udp %s", id="signs of percent"),
    ],
)
def test_placeholders(text: str, line: str) -> None:
    """CoreDNS's, with its values."""
    assert compile_format(text)(exchange()) == line


def test_combined_is_common_and_the_opcode() -> None:
    """In quotes at the end."""
    assert compile_format("{combined}")(exchange()) == compile_format(COMBINED)(exchange())
    assert compile_format("{combined}")(exchange()).endswith(' "0"')


@pytest.mark.parametrize(
    "rcode, line",
    [
        pytest.param(None, "- - 0", id="dropped"),
        pytest.param(2, "SERVFAIL qr,rd,ra 33", id="the server answers with a bare SERVFAIL"),
    ],
)
def test_without_a_response(rcode: int | None, line: str) -> None:
    """The values are those of what the server sends, if anything."""
    assert (
        compile_format("{rcode} {>rflags} {rsize}")(exchange(answered=False, rcode=rcode)) == line
    )


@pytest.mark.parametrize(
    "transport, edns, size",
    [
        pytest.param(Transport.DO53_UDP, None, "512", id="no EDNS"),
        pytest.param(Transport.DO53_UDP, Edns(payload_size=1), "512", id="RFC 6891, 6.2.3"),
        pytest.param(Transport.DO53_TCP, None, "65535", id="TCP"),
    ],
)
def test_what_the_client_takes(transport: Transport, edns: Edns | None, size: str) -> None:
    """In octets."""
    asked = request("example.org. A", transport=transport, edns=edns)
    made = Exchange(asked, ANSWER, None, 0, True, 0.0)
    assert compile_format("{>bufsize}")(made) == size


def test_json_is_one_object() -> None:
    """For programs: numbers are numbers."""
    got = json.loads(as_json(exchange()))
    assert got == {
        "client": "2001:db8::7",
        "port": 50759,
        "local": "::1",
        "id": 29008,
        "type": "AAAA",
        "class": "IN",
        "name": "www.example.org.",
        "proto": "udp",
        "size": 44,
        "do": True,
        "bufsize": 4096,
        "rcode": "NOERROR",
        "rflags": ["qr", "aa", "rd", "ra", "ad"],
        "rsize": 61,
        "duration_s": 0.037990251,
        "plugin": "unbound",
    }
    assert json.loads(as_json(exchange(answered=False)))["rcode"] is None
