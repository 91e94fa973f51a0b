# SPDX-License-Identifier: Apache-2.0
"""What `hosts` answers, and what it leaves to others."""

from pathlib import Path
from typing import Any

import dns.rcode
import pytest

from plugins.hosts.hosts import Hosts
from plugins.hosts.setup import setup
from resolver.testing import Case, NextHandler, RecordingWriter, request, serve, set_up

FILE = """
192.0.2.1    printer.home.example printer
2001:db8::1  printer.home.example
192.0.2.2    a.b.home.example
192.0.2.3    *.lab.home.example
192.0.2.4    own.lab.home.example
192.0.2.1    second.home.example
0.0.0.0      ads.example.net
"""
REV_1, REV_3 = "1.2.0.192.in-addr.arpa.", "3.2.0.192.in-addr.arpa."
REV_0 = "0.0.0.0.in-addr.arpa."
SOA = "SOA localhost. nobody.invalid. 1 3600 1200 604800 3600"
HOME = "home.example."
DENIED = [f"{HOME} 3600 IN {SOA}"]
PTRS = [f"{REV_1} 3600 IN PTR {name}.{HOME}" for name in ("printer", "second")]


def hosts(folder: Path, words: str = "", braces: str = "", **options: Any) -> Hosts:
    """Return the handler of a file in `folder`."""
    (folder / "hosts").write_text(FILE)
    made: Hosts = set_up(setup, f"hosts {folder}/hosts {words} {{\n{braces}\n}}", **options)
    return made


@pytest.mark.parametrize(
    "case",
    [
        Case("printer.home.example. A", ["printer.home.example. 3600 IN A 192.0.2.1"], aa=True),
        Case(
            "printer.home.example. AAAA",
            ["printer.home.example. 3600 IN AAAA 2001:db8::1"],
            aa=True,
        ),
        Case(
            "printer.home.example. ANY",
            [
                "printer.home.example. 3600 IN A 192.0.2.1",
                "printer.home.example. 3600 IN AAAA 2001:db8::1",
            ],
            aa=True,
        ),
        Case("printer.home.example. HTTPS", authority=DENIED, aa=True),
        Case("printer.home.example. PTR", authority=DENIED, aa=True),
        Case("a.b.home.example. AAAA", authority=DENIED, aa=True),
        Case("b.home.example. A", authority=DENIED, aa=True),
        Case("home.example. A", authority=DENIED, aa=True),
        Case("home.example. SOA", DENIED, aa=True),
        Case("x.lab.home.example. A", ["x.lab.home.example. 3600 IN A 192.0.2.3"], aa=True),
        Case("x.lab.home.example. AAAA", authority=DENIED, aa=True),
        Case("own.lab.home.example. A", ["own.lab.home.example. 3600 IN A 192.0.2.4"], aa=True),
        Case("x.y.lab.home.example. A", authority=DENIED, rcode="NXDOMAIN", aa=True),
        Case("none.home.example. A", authority=DENIED, rcode="NXDOMAIN", aa=True),
        Case("none.home.example. TXT", authority=DENIED, rcode="NXDOMAIN", aa=True),
        Case(f"{REV_1} PTR", PTRS, aa=True),
        Case(f"{REV_1} TXT", authority=[f"{REV_1} 3600 IN {SOA}"], aa=True),
    ],
    ids=lambda case: case.question,
)
def test_what_is_answered(case: Case, tmp_path: Path) -> None:
    """All of a zone without fallthrough: what is not known does not exist (RFC 2308)."""
    writer = RecordingWriter()
    handler = hosts(tmp_path, HOME)
    assert serve(handler, writer, request(case.question)) == dns.rcode.NOERROR
    case.check(writer.response)
    assert writer.response.plugin == "hosts"


@pytest.mark.parametrize(
    "question, words, braces",
    [
        pytest.param("printer. A", HOME, "", id="a known name outside of the zones"),
        pytest.param("other.example. A", HOME, "", id="an unknown one"),
        pytest.param("none.home.example. A", HOME, "fallthrough", id="fallthrough"),
        pytest.param("b.home.example. A", HOME, "fallthrough", id="above a known one"),
        pytest.param("home.example. SOA", HOME, "fallthrough", id="the zone itself"),
        pytest.param("x.b.home.example. A", HOME, f"fallthrough b.{HOME}", id="of some"),
        pytest.param("printer.home.example. CH A", HOME, "", id="another class"),
        pytest.param(f"{REV_3} PTR", HOME, "", id="a wildcard has no reverse name"),
        pytest.param(f"{REV_0} PTR", HOME, "", id="neither has the unspecified address"),
        pytest.param(f"{REV_3} PTR", "192.0.2.0/24", "", id="an unknown address, always"),
        pytest.param(f"{REV_1} PTR", HOME, "no_reverse", id="no_reverse"),
        pytest.param(
            "printer.home.example. HTTPS",
            HOME,
            "fallthrough\nfallthrough_unsupported",
            id="fallthrough_unsupported: another type of a known name",
        ),
        pytest.param(
            f"{REV_1} TXT",
            HOME,
            "fallthrough\nfallthrough_unsupported",
            id="fallthrough_unsupported: another type of a known address",
        ),
    ],
)
def test_what_is_left_to_others(question: str, words: str, braces: str, tmp_path: Path) -> None:
    """The next plugin gets the request as it is."""
    end = NextHandler(rcode=dns.rcode.REFUSED)
    handler = hosts(tmp_path, words, braces, next_handler=end)
    writer, asked = RecordingWriter(), request(question)
    assert serve(handler, writer, asked) == dns.rcode.REFUSED
    assert end.requests == [asked]
    assert writer.responses == []


@pytest.mark.parametrize(
    "case, braces",
    [
        pytest.param(
            Case(
                "printer.home.example. TXT",
                authority=[f"printer.home.example. 3600 IN {SOA}"],
                aa=True,
            ),
            "fallthrough",
            id="a name among foreign ones is a zone of its own",
        ),
        pytest.param(
            Case("printer.home.example. SOA", [f"printer.home.example. 3600 IN {SOA}"], aa=True),
            "fallthrough",
            id="and has its SOA",
        ),
        pytest.param(
            Case("none.example. A", authority=[f". 3600 IN {SOA}"], rcode="NXDOMAIN", aa=True),
            "fallthrough home.example",
            id="what does not fall through",
        ),
        pytest.param(
            Case(
                "printer.home.example. AAAA",
                ["printer.home.example. 9 IN AAAA 2001:db8::1"],
                aa=True,
            ),
            "ttl 9\nfallthrough\nfallthrough_unsupported",
            id="fallthrough_unsupported: types that hosts have",
        ),
        pytest.param(
            Case(
                "printer.home.example. A",
                [
                    "printer.home.example. 3600 IN A 192.0.2.1",
                    "printer.home.example. 3600 IN A 192.0.2.9",
                ],
                aa=True,
            ),
            "192.0.2.9 printer.home.example\n192.0.2.1 printer.home.example",
            id="the Corefile adds to the file",
        ),
        pytest.param(
            Case(
                "only.lab.home.example. AAAA", ["only.lab.home.example. 3600 IN AAAA ::1"], aa=True
            ),
            "::1 only.lab.home.example",
            id="a name of the Corefile is no wildcard's",
        ),
        pytest.param(
            Case(
                f"{REV_1} PTR",
                [*PTRS, *(f"{REV_1} 3600 IN PTR {name}." for name in ("printer", "here"))],
                aa=True,
            ),
            "192.0.2.1 here",
            id="and its addresses have names",
        ),
        pytest.param(
            Case("ads.example.net. A", ["ads.example.net. 3600 IN A 0.0.0.0"], aa=True),
            "",
            id="blocked",
        ),
    ],
)
def test_properties(case: Case, braces: str, tmp_path: Path) -> None:
    """What the lines in the braces change."""
    writer = RecordingWriter()
    serve(hosts(tmp_path, braces=braces), writer, request(case.question))
    case.check(writer.response)


def test_the_order_is_the_files(tmp_path: Path) -> None:
    """What stands first is tried first by many."""
    (tmp_path / "hosts").write_text("192.0.2.7 a\n192.0.2.3 a\n192.0.2.5 a\n")
    writer = RecordingWriter()
    serve(set_up(setup, f"hosts {tmp_path}/hosts"), writer, request("a. A"))
    assert [record.rdata[3] for record in writer.response.records()] == [7, 3, 5]
