# SPDX-License-Identifier: Apache-2.0
"""What zone files may look like (RFC 1035, 5), and what is said of those that do not."""

from pathlib import Path

import dns.rdata
import dns.rdatatype
import pytest

from plugins.file.zone_file import read_zone_file
from resolver import names
from resolver.errors import ConfigurationError

ORIGIN = names.from_text("example.org.")


def read(path: Path) -> list[tuple[str, str]]:
    """Return the records of a file, and where each stands."""
    found: list[tuple[str, str]] = []
    for record, where in read_zone_file(path, ORIGIN).records:
        rtype = dns.rdatatype.to_text(dns.rdatatype.RdataType(record.rtype))
        rdata = dns.rdata.from_wire("IN", rtype, record.rdata, 0, len(record.rdata))
        owner = names.to_text(record.owner)
        file, _, line = where.rpartition(":")
        shown = f"{owner} {record.ttl} {rtype} {rdata.to_text()}"
        found.append((shown, f"{Path(file).name}:{line}"))
    return found


@pytest.mark.parametrize(
    "text, want",
    [
        pytest.param("@ 60 IN A 192.0.2.1", [("example.org. 60 A 192.0.2.1", 1)], id="@"),
        pytest.param("a A 192.0.2.1", None, id="no TTL at all"),
        pytest.param(
            "$TTL 1h\n\na A 192.0.2.1", [("a.example.org. 3600 A 192.0.2.1", 3)], id="$TTL"
        ),
        pytest.param(
            "a 60 A 192.0.2.1 ; comment\n  A 192.0.2.2\nB.example.net. IN 5 A 192.0.2.3",
            [
                ("a.example.org. 60 A 192.0.2.1", 1),
                ("a.example.org. 60 A 192.0.2.2", 2),
                ("B.example.net. 5 A 192.0.2.3", 3),
            ],
            id="owner and TTL of the line before",
        ),
        pytest.param(
            '$ORIGIN sub\na 60 TXT "x ; y" (\n "z"\n)\nb 60 A 192.0.2.1',
            [
                ('a.sub.example.org. 60 TXT "x ; y" "z"', 3),
                ("b.sub.example.org. 60 A 192.0.2.1", 5),
            ],
            id="$ORIGIN and parentheses",
        ),
        pytest.param("$GENERATE 1-2 h$ 60 A 192.0.2.$", 2, id="$GENERATE"),
        pytest.param(
            "a 60 TYPE65280 \\# 2 abcd",
            [(r"a.example.org. 60 TYPE65280 \# 2 abcd", 1)],
            id="RFC 3597",
        ),
        pytest.param("a 60 A 192.0.2.1\r\nb 60 A 192.0.2.2\r\n", 2, id="lines of DOS"),
    ],
)
def test_what_is_read(text: str, want: list[tuple[str, int]] | int | None, tmp_path: Path) -> None:
    """Records in their order, each with its line."""
    path = tmp_path / "db"
    path.write_bytes(text.encode())
    if want is None:
        with pytest.raises(ConfigurationError, match="db:1: Missing default TTL value"):
            read(path)
    elif isinstance(want, int):
        assert len(read(path)) == want
    else:
        assert read(path) == [(shown, f"db:{line}") for shown, line in want]


@pytest.mark.parametrize(
    "text, line, says",
    [
        pytest.param("a 60 IN FOO x", 2, "unknown rdatatype 'FOO'", id="type"),
        pytest.param("a 60 IN A 192.0.2.x", 2, "", id="RDATA"),
        pytest.param("a 60 IN MX 10", 2, "", id="RDATA that ends early"),
        pytest.param("a 60 IN A 192.0.2.1 x", 2, "", id="RDATA too long"),
        pytest.param("a 60 CH A 192.0.2.1", 2, "RR class is not zone's class", id="class"),
        pytest.param("a..b 60 IN A 192.0.2.1", 2, "", id="owner"),
        pytest.param('a 60 IN TXT "x', 2, "", id="a quote that is not closed"),
        pytest.param("a 60 IN SOA a b (1 2 3 4", 2, "", id="a parenthesis that is not closed"),
        pytest.param("$FOO x", 2, "", id="directive"),
        pytest.param("$ORIGIN a..b", 2, "a..b: ", id="$ORIGIN"),
        pytest.param("$INCLUDE db a..b", 2, "a..b: ", id="$INCLUDE with an origin"),
        pytest.param("$TTL x", 2, "", id="$TTL"),
        pytest.param("$INCLUDE none", 2, "none: No such file or directory", id="$INCLUDE"),
        pytest.param("$INCLUDE db", 2, "more than 8 files in one another", id="of itself"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    text: str, line: int, says: str, tmp_path: Path
) -> None:
    """`FILE:LINE: ` in front, whatever dnspython thinks of it."""
    path = tmp_path / "db"
    path.write_text(f"b 60 IN A 192.0.2.1\n{text}\n")
    with pytest.raises(ConfigurationError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:{line}: {says}")
    assert len(str(caught.value)) > len(f"{path}:{line}: ")


def test_what_is_wrong_is_told_with_its_word(tmp_path: Path) -> None:
    """dnspython alone may say that "text input is malformed"."""
    (tmp_path / "db").write_text("a 60 IN A 192.0.2.x\n")
    with pytest.raises(ConfigurationError, match=r":1: .*192\.0\.2\.x"):
        read(tmp_path / "db")


def test_included_files(tmp_path: Path) -> None:
    """Beside the file that names them; origin and owner are what they were behind them."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "db").write_text(
        "a 60 A 192.0.2.1\n$include parts/one sub ; comment\n 60 A 192.0.2.2\nx 60 A 192.0.2.3\n"
    )
    (tmp_path / "parts" / "one").write_text('@ 60 IN A 192.0.2.4\n$INCLUDE "two"\n')
    (tmp_path / "parts" / "two").write_text("y 60 IN A 192.0.2.5")
    assert read(tmp_path / "db") == [
        ("a.example.org. 60 A 192.0.2.1", "db:1"),
        ("sub.example.org. 60 A 192.0.2.4", "one:1"),
        ("y.sub.example.org. 60 A 192.0.2.5", "two:1"),
        ("a.example.org. 60 A 192.0.2.2", "db:3"),
        ("x.example.org. 60 A 192.0.2.3", "db:4"),
    ]
    files = read_zone_file(tmp_path / "db", ORIGIN).files
    assert [path.name for path in files] == ["db", "one", "two"]
