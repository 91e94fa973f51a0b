# SPDX-License-Identifier: Apache-2.0
"""Configurations tried by the real libunbound in a child process."""

import asyncio
import sys
from pathlib import Path

import pytest

from resolver.errors import ResolverError
from resolver.recursion import anchors, defaults
from resolver.recursion.complaints import Outcome
from resolver.recursion.configuration import Rendered, render
from resolver.recursion.defaults import Environment
from resolver.recursion.prover import Prover
from resolver.recursion.samples_test import NEW, OLD, rendered, state
from resolver.recursion.settings import RecursionSettings, Where


@pytest.fixture(scope="module")
def known() -> frozenset[str]:
    with Prover() as prover:
        return prover.probe_now()


@pytest.fixture
def environment(known: frozenset[str]) -> Environment:
    return Environment(1024, known=known, anchors=anchors.shipped())


def proven(*texts: Rendered) -> list[list[str]]:
    with Prover() as prover:
        return [[str(c) for c in found] for found in prover.prove_now(texts)]


def test_probe_finds_what_all_releases_have(known: frozenset[str]) -> None:
    """Our optional options are told by asking, not by version; 1.17 and 1.26 have this one."""
    assert "outbound-msg-retry" in known
    assert known.isdisjoint(defaults.lacking(known))
    assert known | {*defaults.lacking(known)} == {*defaults.OPTIONAL, defaults.NSEC_FIXED}


def test_default_configuration_is_good(environment: Environment) -> None:
    """Without a property libunbound takes the text without a complaint or a warning."""
    text = render(RecursionSettings(Where("Corefile", 1)), environment)
    assert proven(text) == [[]]


@pytest.mark.parametrize(
    ("line", "want"),
    [
        pytest.param("option nosuch-option 1", "unknown keyword 'nosuch-option'", id="unknown"),
        pytest.param("option harden-glu yes", "nearest known option is 'harden-glue'", id="near"),
        pytest.param("option do-ip4 maybe", "expected yes or no.", id="not yes or no"),
        pytest.param("option outgoing-range x", "number expected", id="no number"),
        pytest.param("option private-address foo", "cannot parse ip address: 'foo'", id="no net"),
        pytest.param("option local-data a b c", "error parsing local-data", id="no record"),
        pytest.param("option local-zone a..b static", "cannot parse name a..b", id="no name"),
        pytest.param("option local-zone a.org nonsense", "local-zone type: expected", id="no type"),
        pytest.param("option trust-anchor a.org. nonsense", "parsing trust anchor", id="no anchor"),
        pytest.param("option msg-cache-size 1x", "", id="no size"),
        pytest.param("root_hints none.hints", "could not read root hints", id="no hints"),
        pytest.param("config bad.conf", "unknown keyword 'nosuch'", id="config file"),
    ],
)
def test_bad_configuration(line: str, want: str, environment: Environment, tmp_path: Path) -> None:
    """libunbound's complaint names the line of the Corefile, or of the file that it names."""
    (tmp_path / "bad.conf").write_text("server:\n verbosity: 0\n nosuch: 1\n")
    text = rendered("option verbosity 0", line, environment=environment, folder=tmp_path)
    ((complaint,),) = proven(text)
    place = f"{tmp_path}/bad.conf:3" if line.startswith("config") else "Corefile:3"
    head = f"{place} - Error during parsing: plugin/unbound: libunbound: "
    assert complaint.startswith(head)
    assert want in complaint


def test_bad_text_does_not_spoil_the_next(environment: Environment) -> None:
    """Each text has a process of its own: a misplaced keyword fails only its own text (T)."""
    bad = Rendered(b"server:\n stub-addr: 192.0.2.1\n", (None, None), Where("C", 1), (), (), (), {})
    good = rendered(environment=environment)
    first, *others = proven(bad, good, bad, good)
    assert first and others[1] == first
    assert others[0] == others[2] == []


def test_complaints_of_the_renderer_come_first(environment: Environment) -> None:
    """What we refuse and what libunbound refuses are told in one go."""
    text = rendered("option chroot /", "option do-ip4 maybe", environment=environment)
    ((ours, libunbounds),) = proven(text)
    assert ours.startswith("Corefile:2 ")
    assert libunbounds.startswith("Corefile:3 ")


def test_debians_configuration_file(environment: Environment, tmp_path: Path) -> None:
    """A file as Debian's unbound has it works: what is not for a library is left out."""
    parts = tmp_path / "unbound.conf.d"
    parts.mkdir()
    (tmp_path / "u.conf").write_text(f'include-toplevel: "{parts}/*.conf"\n')
    (parts / "a.conf").write_text(
        'server:\n  # comment\n  auto-trust-anchor-file: "/var/lib/unbound/root.key"\n'
    )
    (parts / "b.conf").write_text("remote-control:\n  control-enable: yes\n")
    (parts / "c.conf").write_text("server:\n  num-threads: 2\n  cache-max-ttl: 7200\n")
    text = rendered("config u.conf", environment=environment, folder=tmp_path)
    assert proven(text) == [[]]
    assert [warning.split("'")[1] for warning in text.warnings] == [
        "auto-trust-anchor-file",
        "remote-control",
        "num-threads",
    ]


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(f"{OLD}\n{NEW}\n".encode(), id="shipped keys"),
        pytest.param(state((OLD, 2), (NEW, 1)), id="tracked state"),
        pytest.param(anchors.with_shipped(state((OLD, 2)), 10**9), id="key of the release added"),
    ],
)
def test_tracked_anchor_file(octets: bytes, known: frozenset[str], tmp_path: Path) -> None:
    """libunbound reads the anchor files that we give it, and trying one does not alter it."""
    path = tmp_path / "root.key"
    path.write_bytes(octets)
    environment = Environment(1024, known=known, tracked=path)
    text = rendered("option verbosity 1", environment=environment)
    with Prover() as prover:
        ((outcome),) = prover._ask_now([text.text])
    assert outcome.is_good
    assert "error" not in outcome.messages
    assert path.read_bytes() == octets


def test_root_anchor_of_the_users_beside_tracking(known: frozenset[str], tmp_path: Path) -> None:
    """A root anchor of the user's makes ours static: libunbound refuses both kinds together."""
    path = tmp_path / "root.key"
    path.write_text(OLD)
    environment = Environment(1024, known=known, anchors=(OLD,), tracked=path)
    text = rendered(f"option trust-anchor {NEW}", environment=environment)
    assert proven(text) == [[]]


@pytest.mark.parametrize("name", ["A1.example.org", "a\\010b.example.org", 'q\\"q.example.org'])
def test_zone_names_are_emitted_safely(name: str, environment: Environment) -> None:
    """Any octet of a zone's name reaches libunbound as it is, and nothing else does."""
    text = rendered(f"insecure {name}", f"stub {name} 192.0.2.1@53", environment=environment)
    assert proven(text) == [[]]


def test_awaited_form(environment: Environment) -> None:
    """What is awaited says the same as what blocks."""

    async def ask() -> tuple[frozenset[str], list[int]]:
        with Prover() as prover:
            texts = [
                rendered(environment=environment),
                rendered("option do-ip4 x", environment=environment),
            ]
            found = await prover.prove(texts)
            return await prover.probe(), [len(complaints) for complaints in found]

    assert asyncio.run(ask()) == (environment.known, [0, 1])


def test_many_texts_at_once(environment: Environment) -> None:
    """Texts larger than any buffer in between come through."""
    lines = [f"option local-data n{number}.example.org. A 192.0.2.1" for number in range(3000)]
    text = rendered(*lines, environment=environment)
    assert len(text.text) > 1 << 17
    assert proven(*[text] * 4) == [[]] * 4


HANGS = [sys.executable, "-c", "import sys; sys.stdin.read()"]
FAILS = [sys.executable, "-c", "raise RuntimeError('no libunbound here')"]


@pytest.mark.parametrize(
    ("command", "want"),
    [
        pytest.param(HANGS, "took over 0.2 s", id="it hangs"),
        pytest.param(FAILS, "failed: RuntimeError: no libunbound here", id="it cannot start"),
        pytest.param([sys.executable, "-c", ""], "failed: it said nothing", id="it ends"),
    ],
)
def test_child_that_fails(command: list[str], want: str) -> None:
    """A child that fails or hangs is an error within the time-out, in both forms."""
    timeout_s = 0.2 if command is HANGS else 20.0
    text = rendered()
    with Prover(command, timeout_s) as prover, pytest.raises(ResolverError, match=want):
        prover.prove_now([text])

    async def ask() -> None:
        with Prover(command, timeout_s) as prover:
            await prover.prove([text])

    with pytest.raises(ResolverError, match=want):
        asyncio.run(ask())


def test_child_that_is_not_there() -> None:
    """A program that cannot be run is an error that names it."""
    with pytest.raises(ResolverError, match="cannot start /nonexistent: No such file"):
        Prover(["/nonexistent"]).__enter__()


def test_descriptors_are_given_back() -> None:
    """A prover leaves no descriptor and no process behind."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Prover() as prover:
        prover.probe_now()
        pid = prover._process.pid
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not Path(f"/proc/{pid}").exists()


def trying(body: str) -> list[str]:
    """Return a child that tries a text with `body` in libunbound's place."""
    code = (
        "import os, sys; sys.path[:] = sys.argv[1:]\n"
        "from resolver.recursion.prove import serve\n"
        f"def attempt(text):\n    {body}\n"
        "serve(open(0, 'rb'), 0, attempt)"
    )
    return [sys.executable, "-c", code, *filter(None, sys.path)]


@pytest.mark.parametrize(
    ("body", "want"),
    [
        pytest.param(
            "os.write(2, text); return -7, 'words'",
            Outcome(0, -7, "words", "text"),
            id="it returns",
        ),
        pytest.param(
            "os.write(2, b'fatal'); os._exit(3)",
            Outcome(3, None, "", "fatal"),
            id="libunbound ends the process",
        ),
        pytest.param("os.kill(os.getpid(), 9)", Outcome(-9, None, "", ""), id="it is killed"),
        pytest.param(
            "os.write(2, b'x' * (1 << 20)); return 0, 'y' * (1 << 20)",
            Outcome(0, 0, "y" * (64 << 10), "x" * (64 << 10)),
            id="it says very much",
        ),
    ],
)
def test_fork_of_the_child(body: str, want: Outcome) -> None:
    """Whatever becomes of the fork, what it said and how it ended is told, text after text."""
    with Prover(trying(body)) as prover:
        assert prover._ask_now([b"text", b"text"]) == [want, want]


def test_exception_in_the_fork() -> None:
    """Our own mistake in the fork is told, and the fork does not run on as the child."""
    with Prover(trying("raise ValueError('wrong')")) as prover:
        first, second = prover._ask_now([b"a", b"b"])
    assert (first.exit, first.status) == (70, None)
    assert first.stderr.endswith("ValueError: wrong\n")
    assert second == first
