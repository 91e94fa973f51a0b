# SPDX-License-Identifier: Apache-2.0
"""Tests of the values that directives take."""

import pytest

from resolver.corefile.values import address, duration_ms, size_octets, whole_number
from resolver.request import Endpoint


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0", 0),
        ("5s", 5000),
        ("1h30m", 5_400_000),
        ("1.5s", 1500),
        (".5s", 500),
        ("0.0009999ms1us", 0),
        ("0.000999999s1ns", 1),
        ("-1.9ms", -1),
        ("1.s", 1000),
        ("-10ms", -10),
        ("+3m", 180_000),
        ("1999us", 1),
        ("1µs", 0),
        ("2562047h", 9_223_369_200_000),
    ],
)
def test_durations(text: str, want: int) -> None:
    """Durations as Go writes them, in milliseconds."""
    assert duration_ms(text) == want


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("5", 'time: missing unit in duration "5"'),
        ("1h5", 'time: missing unit in duration "1h5"'),
        ("5x", 'time: invalid duration "5x"'),
        ("s", 'time: invalid duration "s"'),
        ("-", 'time: invalid duration "-"'),
        ("999999999h", 'time: invalid duration "999999999h"'),
    ],
)
def test_what_is_no_duration(text: str, message: str) -> None:
    """Go's words."""
    with pytest.raises(ValueError, match=r"^time: ") as caught:
        duration_ms(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "want"),
    [("4096", 4096), ("64MiB", 64 << 20), ("64m", 64 << 20), ("2KB", 2048), ("1G", 1 << 30)],
)
def test_sizes(text: str, want: int) -> None:
    """Units are powers of 1024."""
    assert size_octets(text) == want


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5M", "64 M", "1T"])
def test_what_is_no_size(text: str) -> None:
    """Whole numbers with one unit."""
    with pytest.raises(ValueError, match="not a size"):
        size_octets(text)


@pytest.mark.parametrize(("text", "want"), [("0", 0), ("-7", -7), ("+12", 12), ("007", 7)])
def test_whole_numbers(text: str, want: int) -> None:
    """Decimal, with a sign perhaps."""
    assert whole_number(text) == want


@pytest.mark.parametrize("text", ["", "x", "1.0", "1_000", "٣", "9" * 19])
def test_what_is_no_whole_number(text: str) -> None:
    """Go's words."""
    with pytest.raises(ValueError, match=r"strconv\.Atoi: parsing .*: invalid syntax"):
        whole_number(text)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("192.0.2.1", Endpoint("192.0.2.1", 53)),
        ("192.0.2.1:5353", Endpoint("192.0.2.1", 5353)),
        ("2001:db8::1", Endpoint("2001:db8::1", 53)),
        ("[2001:db8::1]", Endpoint("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", Endpoint("2001:db8::1", 5353)),
        ("fe80::1%eth0", Endpoint("fe80::1%eth0", 53)),
    ],
)
def test_addresses(text: str, want: Endpoint) -> None:
    """IP, IP:PORT, [IPv6] or [IPv6]:PORT."""
    assert address(text) == want


@pytest.mark.parametrize(
    "text", ["", "example.org", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "[::1", "[::1]53"]
)
def test_what_is_no_address(text: str) -> None:
    """Names are not looked up, ports are 1-65535."""
    with pytest.raises(ValueError, match="not an address"):
        address(text)
