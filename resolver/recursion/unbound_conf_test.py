# SPDX-License-Identifier: Apache-2.0
"""Reading of an unbound.conf, its includes with it."""

from pathlib import Path

import pytest

from resolver.errors import ConfigurationError
from resolver.recursion.settings import Where
from resolver.recursion.unbound_conf import MAX_DEPTH, Statement, read

ASKED = Where("Corefile", 7)


def write(folder: Path, text: str, name: str = "u.conf") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def shown(statements: list[Statement]) -> list[str]:
    return [f"{s.where.line} {s.section}: {s.keyword} {' '.join(s.values)}" for s in statements]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("server:\n verbosity: 1\n", ['2 server: verbosity "1"'], id="plain"),
        pytest.param("server:verbosity:1", ['1 server: verbosity "1"'], id="no spaces"),
        pytest.param("server: verbosity:\n\n 1", ['1 server: verbosity "1"'], id="value below"),
        pytest.param(
            "# a: b\nserver: # c\nverbosity: 1#d", ['3 server: verbosity "1#d"'], id="comments"
        ),
        pytest.param(
            "server:\nlocal-data: 'a. TXT \"x\"'",
            ["2 server: local-data 'a. TXT \"x\"'"],
            id="quotes in quotes",
        ),
        pytest.param(
            r'server: identity: "a\"b"', [r'1 server: identity "a\"b"'], id="escaped quote"
        ),
        pytest.param(
            "server:\nlocal-zone: a.org static local-zone: b.org deny",
            ['2 server: local-zone "a.org" "static"', '2 server: local-zone "b.org" "deny"'],
            id="two words a statement",
        ),
        pytest.param(
            "stub-zone:\nname: a.org\nstub-addr: ::1@53\n",
            ['2 stub-zone: name "a.org"', '3 stub-zone: stub-addr "::1@53"'],
            id="colons in a value",
        ),
        pytest.param('server: pidfile: ""', ['1 server: pidfile ""'], id="empty value"),
        pytest.param("server:\r\n verbosity: 1\r\n", ['2 server: verbosity "1"'], id="CRLF"),
        pytest.param("server: verbosity: 'é'", ["1 server: verbosity 'é'"], id="beyond ASCII"),
        pytest.param("", [], id="empty"),
    ],
)
def test_statements(text: str, want: list[str], tmp_path: Path) -> None:
    """Words are divided as unbound's lexer divides them."""
    statements, files = read(write(tmp_path, text), ASKED)
    assert shown(statements) == want
    assert files == [tmp_path / "u.conf"]


@pytest.mark.parametrize(
    ("text", "line", "want"),
    [
        pytest.param("server:\n\nx", 3, "unknown keyword 'x'", id="no colon"),
        pytest.param('server:\n"verbosity:" 1', 2, "unknown keyword 'verbosity:'", id="quoted"),
        pytest.param("verbosity: 1", 1, "stands in no clause", id="no clause"),
        pytest.param("server:\nchroot:", 2, "no value for 'chroot'", id="value missing"),
        pytest.param("server:\nlocal-zone: a", 2, "no value for", id="second value missing"),
        pytest.param('server:\nidentity: "a\n"', 2, "quote without its end", id="line in quotes"),
        pytest.param("server:\nidentity: 'a", 2, "quote without its end", id="open quote"),
        pytest.param("server:\nidentity: a\x00b", 2, "control character", id="NUL"),
        pytest.param("server:\ninclude: none", 2, "cannot read", id="include missing"),
        pytest.param("server:\ninclude: u.conf", 2, "include of itself", id="include of itself"),
        pytest.param("server: x: \\", 1, "stray", id="backslash at the end"),
    ],
)
def test_refuses(
    text: str, line: int, want: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that unbound would misread is refused with its line."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=want) as caught:
        read(write(tmp_path, text), ASKED)
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "u.conf"), line)


def test_missing_file_blames_who_names_it(tmp_path: Path) -> None:
    """A file that cannot be read is told with the line of the Corefile."""
    with pytest.raises(ConfigurationError, match="cannot read .*: No such file") as caught:
        read(tmp_path / "none", ASKED)
    assert (caught.value.file, caught.value.line) == ("Corefile", 7)


def test_include_goes_on_in_the_clause(tmp_path: Path) -> None:
    """An include's statements stand where the include does, with lines of their own file."""
    write(tmp_path, "verbosity: 1\nidentity: a", "in.conf")
    text = f'server:\n include: "{tmp_path}/in.conf"\n version: 2\n'
    statements, files = read(write(tmp_path, text), ASKED)
    assert shown(statements) == [
        '1 server: verbosity "1"',
        '2 server: identity "a"',
        '3 server: version "2"',
    ]
    assert files == [tmp_path / "u.conf", tmp_path / "in.conf"]
    assert len({statement.clause for statement in statements}) == 1


def test_include_toplevel_ends_the_clause(tmp_path: Path) -> None:
    """Behind `include-toplevel` a clause has to begin, as in it."""
    write(tmp_path, "server: verbosity: 1", "in.conf")
    text = f"include-toplevel: {tmp_path}/in.conf\nidentity: a"
    with pytest.raises(ConfigurationError, match="'identity' stands in no clause"):
        read(write(tmp_path, text), ASKED)


def test_include_pattern_in_order_of_names(tmp_path: Path) -> None:
    """A pattern includes in the order of names; one that matches nothing is no error."""
    for name in ("b", "a"):
        write(tmp_path, f"identity: {name}", f"{name}.inc")
    text = f"server: include: {tmp_path}/*.inc include: {tmp_path}/none*"
    statements, _ = read(write(tmp_path, text), ASKED)
    assert [statement.text for statement in statements] == ["a", "b"]


def test_include_depth_is_bounded(tmp_path: Path) -> None:
    """A long chain of includes ends in an error."""
    for number in range(MAX_DEPTH + 1):
        write(tmp_path, f"include: {tmp_path}/{number + 1}", str(number))
    with pytest.raises(ConfigurationError, match=f"deeper than {MAX_DEPTH}"):
        read(tmp_path / "0", ASKED)


def test_files_are_made_absolute(tmp_path: Path) -> None:
    """A file's path starts at `directory`, which itself is not passed on to libunbound."""
    text = f"server:\n root-hints: hints\n directory: {tmp_path}\nauth-zone: zonefile: 'z'"
    statements, _ = read(write(tmp_path, text), ASKED)
    paths = {s.keyword: s.values[0] for s in statements}
    assert paths["root-hints"] == f'"{tmp_path}/hints"'
    assert paths["zonefile"] == f"'{tmp_path}/z'"
