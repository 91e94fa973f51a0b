# SPDX-License-Identifier: Apache-2.0
"""What a hosts file may look like, and what of it is left out."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.hosts.host_table import HostTable
from plugins.hosts.hosts_file import read_lines
from resolver import names

Hosts = dict[str, list[str]]


def read(text: str | bytes) -> tuple[Hosts, list[tuple[int, str]]]:
    """Return what a file says: addresses by name, and the complaints."""
    octets = text if isinstance(text, bytes) else text.encode()
    table, complaints = HostTable(), list[tuple[int, str]]()
    lines = octets.splitlines(keepends=True)
    read_lines(lines, table, None, lambda line, said: complaints.append((line, said)))
    found = {
        names.to_text(name): [str(ipaddress.ip_address(a)) for a in table.addresses(name)]
        for name in table.names
    }
    return found, complaints


@pytest.mark.parametrize(
    "text, want",
    [
        pytest.param("", {}, id="an empty file"),
        pytest.param("192.0.2.1 a.example", {"a.example.": ["192.0.2.1"]}, id="no final newline"),
        pytest.param(
            "\t192.0.2.1\ta b.\r\n", {"a.": ["192.0.2.1"], "b.": ["192.0.2.1"]}, id="tabs"
        ),
        pytest.param("192.0.2.1 A.Example", {"a.example.": ["192.0.2.1"]}, id="case is folded"),
        pytest.param("# 192.0.2.1 a\n192.0.2.2 b#c d", {"b.": ["192.0.2.2"]}, id="comments"),
        pytest.param(
            "192.0.2.2 a\n192.0.2.1 a\n192.0.2.2 a\n2001:db8::1 a",
            {"a.": ["192.0.2.2", "192.0.2.1", "2001:db8::1"]},
            id="addresses in their order, each once",
        ),
        pytest.param("fe80::1%lo0 localhost", {"localhost.": ["fe80::1"]}, id="no scope"),
        pytest.param("192.0.2.1 *.a _x.a", {"*.a.": ["192.0.2.1"], "_x.a.": ["192.0.2.1"]}, id="*"),
        pytest.param(r"192.0.2.1 a\.b.c", {r"a\.b.c.": ["192.0.2.1"]}, id="a dot in a label"),
        pytest.param("0.0.0.0 ads\n:: ads", {"ads.": ["0.0.0.0", "::"]}, id="blocked for both"),
    ],
)
def test_what_is_read(text: str, want: Hosts) -> None:
    """As in hosts(5)."""
    assert read(text) == (want, [])


@pytest.mark.parametrize(
    "line, says, kept",
    [
        pytest.param("x a", "not an address: 'x'", [], id="no address"),
        pytest.param("192.0.2.256 a", "not an address: '192.0.2.256'", [], id="no octet"),
        pytest.param("192.0.2.01 a", "not an address: '192.0.2.01'", [], id="a leading zero"),
        pytest.param("192.0.2.1%x a", "not an address: '192.0.2.1%x'", [], id="scope of IPv4"),
        pytest.param("||ads.example^", "not an address: '||ads.example^'", [], id="another format"),
        pytest.param("192.0.2.9", "no name for address '192.0.2.9'", [], id="no name"),
        pytest.param(
            "192.0.2.9 a..b c", "empty label in name: 'a..b'", ["c."], id="an empty label"
        ),
        pytest.param("192.0.2.9 . c", "not a host's name: '.'", ["c."], id="the root"),
        pytest.param(
            "192.0.2.9 b\u00fc c", "not an ASCII domain name: 'b\u00fc'", ["c."], id="no ASCII"
        ),
        pytest.param(
            f"192.0.2.9 {'x' * 64} c",
            f"label over 63 octets in name: '{'x' * 64}'",
            ["c."],
            id="label",
        ),
        pytest.param(
            f"192.0.2.9 {'x.' * 127}x c",
            f"name over 255 octets: '{'x.' * 127}x'",
            ["c."],
            id="name",
        ),
    ],
)
def test_what_is_left_out(line: str, says: str, kept: list[str]) -> None:
    """It is told with its line; what stands around it is kept."""
    found, complaints = read(f"192.0.2.1 before\n{line}\n192.0.2.1 after\n")
    assert complaints == [(2, says)]
    assert list(found) == ["before.", *kept, "after."]


def test_a_name_has_255_addresses_at_most() -> None:
    """More would not fit into what is kept of a name; other names go on."""
    text = "".join(f"10.0.{i >> 8}.{i & 255} a\n" for i in range(257)) + "192.0.2.1 b\n"
    found, complaints = read(text)
    assert complaints == [(line, "more than 255 addresses for name 'a'") for line in (256, 257)]
    assert len(found["a."]) == 255
    assert found["b."] == ["192.0.2.1"]


@given(st.binary(max_size=200))
def test_whatever_is_in_the_file(octets: bytes) -> None:
    """Nothing is raised, and each line is read or told of."""
    found, complaints = read(b"192.0.2.1 before\n" + octets + b"\n192.0.2.1 after\n")
    assert {"before.", "after."} <= found.keys()
    assert all(line > 1 for line, _ in complaints)
