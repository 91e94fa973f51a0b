# SPDX-License-Identifier: Apache-2.0
"""The text of a configuration: order, line map, refusals, warnings."""

import re
from pathlib import Path

import pytest

from resolver.recursion import defaults, options
from resolver.recursion.configuration import render
from resolver.recursion.defaults import Environment
from resolver.recursion.samples_test import ANCHOR, ENVIRONMENT, at, rendered, statements
from resolver.recursion.settings import AnchorSource, RecursionSettings, Where


def test_last_word_is_last() -> None:
    """What nobody may change stands behind all that a user wrote, and is withheld before."""
    lines = rendered("stub example.org 192.0.2.1@53").text.decode().splitlines()
    want = [f'    {name}: "{value}"' for name, value in defaults.LAST_WORD.items()]
    assert lines[-len(want) - 1 :] == ["server:", *want]
    assert defaults.LAST_WORD.keys() <= options.WITHHELD.keys()


@pytest.mark.parametrize(
    ("option", "size"),
    [
        pytest.param("msg-cache-size", '"4m"', id="messages"),
        pytest.param("rrset-cache-size", '"8m"', id="RRsets, twice as much"),
        pytest.param("key-cache-size", '"4m"', id="keys"),
        pytest.param("neg-cache-size", '"2m"', id="proofs of what does not exist"),
    ],
)
def test_sizes_of_caches(option: str, size: str) -> None:
    """What plugins/unbound/README.md says; answers are kept by the cache in front."""
    assert statements(rendered(), option) == [size]


def test_option_follows_default() -> None:
    """The last value of an option wins, so a user's comes after ours."""
    assert statements(rendered("option cache-max-ttl 60"), "cache-max-ttl") == ['"86400"', '"60"']


def test_option_follows_config_file(tmp_path: Path) -> None:
    """An `option` overrules the `config` file, wherever the two stand."""
    (tmp_path / "u.conf").write_text("server:\n  verbosity: 1\n")
    result = rendered("option verbosity 2", "config u.conf", folder=tmp_path)
    assert statements(result, "verbosity") == ['"0"', '"1"', '"2"']


@pytest.mark.parametrize(
    ("line", "want"),
    [
        pytest.param("option chroot /x", "'chroot' is not passed on", id="chroot"),
        pytest.param("option unwanted-reply-threshold 1", "ends the whole process", id="deadly"),
        pytest.param("option auto-trust-anchor-file /x", "trust_anchor auto", id="tracked file"),
        pytest.param("option directory /", "'directory' is not passed on", id="directory"),
        pytest.param("option access-control x", "no effect here: .*see acl", id="acl"),
        pytest.param("option num-threads 4", "see multisocket", id="threads"),
        pytest.param("option include /x", "write config FILE", id="include"),
        pytest.param("option stub-zone x", "is a clause", id="clause"),
        pytest.param("option stub-addr 192.0.2.1", "belongs to another clause", id="misplaced"),
        pytest.param("option server:verbosity 1", "not the name of an option", id="two words"),
        pytest.param("option log-queries: yes", "see log", id="colon as in unbound.conf"),
        pytest.param('option local-data a"b', "quote in value", id="double quote"),
        pytest.param("option local-data a'b", "quote in value", id="single quote"),
        pytest.param("option local-data a\x01b", "control character", id="control character"),
        pytest.param("option local-data a\\", "backslash at the end", id="lone backslash"),
        pytest.param("option local-zone example.org", "wants 2 words", id="too few words"),
        pytest.param('stub a.org fe80::1%"@53', "quote in value", id="quote in a scope"),
        pytest.param("trust_anchor none.key", "cannot read", id="no anchor file"),
        pytest.param("config none.conf", "cannot read", id="no config file"),
    ],
)
def test_refuses(line: str, want: str, tmp_path: Path) -> None:
    """What must not reach libunbound is a complaint that names the line."""
    result = rendered("option verbosity 0", line, folder=tmp_path)
    (complaint,) = result.complaints
    assert complaint.where == at(3)
    assert re.search(want, complaint.text)


def test_complaint_has_the_form_of_a_corefile_error() -> None:
    """A complaint reads as CoreDNS's errors of set-up do."""
    (complaint,) = rendered("option chroot /x").complaints
    head = "Corefile:2 - Error during parsing: plugin/unbound: option 'chroot' is not passed on"
    assert str(complaint).startswith(head)


def test_all_complaints_are_told() -> None:
    """One wrong line does not hide the next."""
    result = rendered("option chroot /", "option username x", "option verbosity 1")
    assert [complaint.where.line for complaint in result.complaints] == [2, 3]


def test_lines_lead_back(tmp_path: Path) -> None:
    """Each line of the text leads to the line of the Corefile or file, or to the directive."""
    (tmp_path / "u.conf").write_text(
        "# none\nserver: verbosity: 1\n\nforward-zone:\n name: a.org\n"
    )
    result = rendered(
        "config u.conf", "option msg-cache-size 1m", "stub b.org 192.0.2.1@53", folder=tmp_path
    )
    file = str(tmp_path / "u.conf")
    assert list(result.user_lines()) == [
        ("server:", Where(file, 2)),
        ('    verbosity: "1"', Where(file, 2)),
        ("forward-zone:", Where(file, 5)),
        ('    name: "a.org"', Where(file, 5)),
        ("server:", at(3)),
        ('    msg-cache-size: "1m"', at(3)),
        ("stub-zone:", at(4)),
        ('    name: "b.org."', at(4)),
        ('    stub-addr: "192.0.2.1@53"', at(4)),
    ]
    assert (result.line(1), result.line(0), result.line(9999)) == (at(1), at(1), at(1))


def test_config_file_is_filtered_with_one_warning_a_name(tmp_path: Path) -> None:
    """Of a `config` file what must not reach libunbound is left out, each name told once."""
    (tmp_path / "u.conf").write_text(
        "server:\n chroot: /x\n access-control: ::1 allow\n access-control: ::2 allow\n"
        "remote-control:\n control-enable: yes\n control-port: 1\nserver:\n verbosity: 1\n"
    )
    result = rendered("config u.conf", folder=tmp_path)
    file = tmp_path / "u.conf"
    assert [warning.partition(" is left")[0] for warning in result.warnings] == [
        f"{file}:2: 'chroot'",
        f"{file}:3: 'access-control'",
        f"{file}:6: 'remote-control'",
    ]
    assert b"access-control" not in result.text
    assert b"control-enable" not in result.text
    assert b"/x" not in result.text
    assert statements(result, "verbosity") == ['"0"', '"1"']


def test_config_clauses_of_two_files_stay_apart(tmp_path: Path) -> None:
    """A clause at the end of a file is not continued by the like one of the next."""
    for name in "ab":
        (tmp_path / name).write_text(f"stub-zone:\n name: {name}.org\n")
    result = rendered("config a", "config b", folder=tmp_path)
    assert result.text.decode().count("stub-zone:") == 2


@pytest.mark.parametrize(
    ("lines", "want"),
    [
        pytest.param([], '"yes"', id="loopback is not asked"),
        pytest.param(["stub a.org 192.0.2.1@53"], '"yes"', id="stub elsewhere"),
        pytest.param(["stub a.org 127.0.0.1@53"], '"no"', id="stub on loopback"),
        pytest.param(["forward . 192.0.2.1@53 ::1@5353"], '"no"', id="forward on loopback"),
    ],
)
def test_loopback(lines: list[str], want: str) -> None:
    """Loopback is asked only where the Corefile names it."""
    assert statements(rendered(*lines), "do-not-query-localhost") == [want]


def test_insecure_zone() -> None:
    """A negative trust anchor (RFC 7646) is libunbound's domain-insecure."""
    assert statements(rendered("insecure Example.ORG"), "domain-insecure") == ['"example.org."']


@pytest.mark.parametrize(
    ("source", "want"),
    [
        pytest.param(AnchorSource.AUTO, [f'"{ANCHOR}"'], id="auto"),
        pytest.param(AnchorSource.OFF, [], id="off"),
    ],
)
def test_trust_anchor(source: AnchorSource, want: list[str]) -> None:
    """`off` means none of ours."""
    result = render(RecursionSettings(at(1), trust_anchor=source), ENVIRONMENT)
    assert statements(result, "trust-anchor") == want


def test_trust_anchor_file_replaces_ours(tmp_path: Path) -> None:
    """`trust_anchor FILE` is what is trusted, and nothing else."""
    (tmp_path / "a.key").write_text(ANCHOR.replace("20326", "1"))
    result = rendered("trust_anchor a.key", folder=tmp_path)
    (record,) = statements(result, "trust-anchor")
    assert record.startswith('". 172800 IN DS 1 8 2 ')


def test_trust_anchor_file_with_a_wrong_line(tmp_path: Path) -> None:
    """An error in an anchor file is told with the file's own line."""
    (tmp_path / "a.key").write_text(f"{ANCHOR}\n. A 192.0.2.1\n")
    (complaint,) = rendered("trust_anchor a.key", folder=tmp_path).complaints
    assert complaint.where == Where(str(tmp_path / "a.key"), 2)


def test_zone_twice_is_refused() -> None:
    """A zone has one kind of servers."""
    result = rendered("stub a.org 192.0.2.1@53", "forward A.org 192.0.2.2@53")
    assert [str(complaint) for complaint in result.complaints] == [
        "Corefile:3 - Error during parsing: plugin/unbound: zone 'a.org.' is at Corefile:2 too"
    ]


def test_unknown_features_are_left_out() -> None:
    """An option of ours that the linked libunbound lacks is not written."""
    result = rendered(environment=Environment(1024))
    for name in defaults.OPTIONAL:
        assert name.encode() not in result.text
    assert statements(result, "aggressive-nsec") == ['"no"']


def test_aggressive_nsec_needs_mended_proofs() -> None:
    """RFC 8198 synthesis is on only where forged proofs are refused."""
    environment = Environment(1024, known=frozenset({defaults.NSEC_FIXED}))
    assert statements(rendered(environment=environment), "aggressive-nsec") == ['"yes"']


@pytest.mark.parametrize(
    ("descriptors", "contexts", "udp", "tcp"),
    [
        pytest.param(64, 2, 12, 4, id="64 descriptors still work"),
        pytest.param(16, 2, 6, 2, id="never below what works"),
        pytest.param(1024, 2, 372, 124, id="usual soft limit"),
        pytest.param(1024, 8, 93, 31, id="four configurations share"),
        pytest.param(1 << 20, 2, 2048, 128, id="no more than flights"),
    ],
)
def test_capacity(descriptors: int, contexts: int, udp: int, tcp: int) -> None:
    """Sockets follow from how many files may be open."""
    values = defaults.capacity(descriptors, contexts)
    assert (values["outgoing-range"], values["outgoing-num-tcp"]) == (str(udp), str(tcp))
    assert values["num-queries-per-thread"] == str(udp)


def test_files_are_listed(tmp_path: Path) -> None:
    """What the answers depend on besides the Corefile is known: it is part of the partition."""
    (tmp_path / "u.conf").write_text('include: "v*.conf"\nserver:\n root-hints: hints\n')
    (tmp_path / "v1.conf").write_text(f"server:\n directory: {tmp_path}\n")
    (tmp_path / "hints").write_text("")
    (tmp_path / "a.key").write_text(ANCHOR)
    text = (tmp_path / "u.conf").read_text().replace("v*", f"{tmp_path}/v*")
    (tmp_path / "u.conf").write_text(text)
    result = rendered("config u.conf", "trust_anchor a.key", "root_hints h2", folder=tmp_path)
    assert {path.name for path in result.files} == {"u.conf", "v1.conf", "hints", "a.key", "h2"}
    assert f'root-hints: "{tmp_path}/hints"' in result.text.decode()


def test_tracked_anchor_file() -> None:
    """The context that tracks is given the anchor file in place of records (RFC 5011)."""
    result = rendered(environment=Environment(1024, anchors=(ANCHOR,), tracked=Path("/run/k")))
    assert statements(result, "auto-trust-anchor-file") == ['"/run/k"']
    assert statements(result, "trust-anchor") == []


@pytest.mark.parametrize(
    ("line", "tracked"),
    [
        pytest.param(f"option trust-anchor {ANCHOR}", False, id="the root's record"),
        pytest.param("option trust-anchor a.org. DS 1 8 2 00", True, id="another name's record"),
        pytest.param("option trust-anchor-file /none", False, id="a file that cannot be read"),
        pytest.param("option trusted-keys-file /none", False, id="a file in BIND's form"),
    ],
)
def test_tracking_yields_to_the_users_root_anchor(line: str, tracked: bool) -> None:
    """libunbound refuses an anchor that is both static and tracked: the user's stays."""
    environment = Environment(1024, anchors=(ANCHOR,), tracked=Path("/run/k"))
    result = rendered(line, environment=environment)
    assert bool(statements(result, "auto-trust-anchor-file")) is tracked
    assert len(result.warnings) == (0 if tracked else 1)
