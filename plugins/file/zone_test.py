# SPDX-License-Identifier: Apache-2.0
"""What makes a zone of records."""

from pathlib import Path

import pytest

from plugins.file.zone import Zone, make_zone
from plugins.file.zone_file import read_zone_file
from resolver import names, wire
from resolver.errors import ConfigurationError

ORIGIN = names.from_text("example.org.")
SOA = "@ 3600 IN SOA ns host 7 1 2 3 30\n"


def zone(folder: Path, text: str) -> tuple[Zone | None, list[str]]:
    """Return a zone and the complaints."""
    path, complaints = folder / "db", list[str]()
    path.write_text(text)
    records = read_zone_file(path, ORIGIN).records
    made = make_zone(ORIGIN, records, str(path), complaints.append)
    return made, [complaint.replace(f"{folder}/", "") for complaint in complaints]


def test_what_a_zone_knows(tmp_path: Path) -> None:
    """RRsets, numbers of the SOA, and names that are only parts of others."""
    made, complaints = zone(
        tmp_path, SOA + "a.b.c 60 IN A 192.0.2.1\nA.b.C 30 IN A 192.0.2.2\n*.w 60 IN A 192.0.2.1\n"
    )
    assert made is not None
    assert complaints == []
    assert (made.serial, made.negative_ttl_s) == (7, 30)
    rrset = made.nodes[names.from_text("a.b.c.example.org.")][wire.A]
    assert (rrset.ttl_s, len(rrset.rdatas)) == (30, 2)  # RFC 2181, 5.2
    empty = {names.from_text(f"{name}.example.org.") for name in ("b.c", "c", "w")}
    assert made.empty == empty


def test_records_of_other_zones_are_left_out(tmp_path: Path) -> None:
    """They are told."""
    made, complaints = zone(tmp_path, SOA + "a.example.net. 60 IN A 192.0.2.1\n")
    assert made is not None
    assert len(made.nodes) == 1
    assert complaints == ["db:2: a.example.net. is not in zone example.org."]


def test_another_zones_file_makes_none(tmp_path: Path) -> None:
    """CoreDNS takes such a file; it is no error here either, but serves nothing."""
    made, complaints = zone(tmp_path, "$ORIGIN example.net.\n" + SOA)
    assert made is None
    assert complaints == ["db:2: example.net. is not in zone example.org."]


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param(
            "@ 60 IN A 192.0.2.1",
            'file "{}/db" has no SOA record for origin example.org.',
            id="SOA",
        ),
        pytest.param(
            SOA + "a 60 IN CNAME b\na 60 IN A 192.0.2.1",
            "{}/db:2: CNAME and other data at a.example.org.",
            id="CNAME and other data",
        ),
        pytest.param(
            SOA + "a 60 IN CNAME b\na 60 IN CNAME c",
            "{}/db:3: more than one CNAME at a.example.org.",
            id="CNAMEs",
        ),
        pytest.param(
            SOA + SOA.replace("7", "8"), "{}/db:2: more than one SOA at example.org.", id="SOAs"
        ),
    ],
)
def test_what_cannot_be_a_zone(text: str, says: str, tmp_path: Path) -> None:
    """With the line that is one too many (RFC 1034, 3.6.2)."""
    with pytest.raises(ConfigurationError) as caught:
        zone(tmp_path, text)
    assert str(caught.value) == says.format(tmp_path)
