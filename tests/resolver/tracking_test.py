# SPDX-License-Identifier: Apache-2.0
"""Trust anchors tracked by the real libunbound on the mini internet (RFC 5011)."""

import select
from pathlib import Path

from resolver import names
from resolver.recursion import anchors
from resolver.recursion.bridge import Bridge
from resolver.recursion.configuration import render
from resolver.recursion.defaults import Environment
from resolver.recursion.prover import Prover
from resolver.recursion.settings import File, Option, RecursionSettings, Where
from resolver.recursion.tracking import TrackedAnchors, track
from resolver.types import Result, Submission
from tests.internet import Internet

HERE = Where("Corefile", 1)
A = 1


def start(folder: Path) -> TrackedAnchors:
    tracked = track({"STATE_DIRECTORY": str(folder / "state")}, folder, 1000, 0.0, shm=folder)
    assert tracked is not None
    return tracked


def resolve(internet: Internet, tracked: TrackedAnchors, name: str) -> Result:
    """Return what a context that tracks says, its configuration proven before."""
    settings = RecursionSettings(
        HERE,
        options=(Option("do-not-query-localhost", "no", HERE),),
        root_hints=(File(internet.root_hints, HERE),),
    )
    with Prover() as prover:
        environment = Environment(256, known=prover.probe_now(), tracked=tracked.runtime)
        text = render(settings, environment)
        assert prover.prove_now([text]) == [[]]
    bridge = Bridge()
    try:
        bridge.reconfigure(text.text)
        assert bridge.submit([Submission(1, names.from_text(name), A, 1)]) == 1
        results: list[Result] = []
        while not results:
            assert select.select([bridge], [], [], 30)[0], "no result within 30 s"
            results = bridge.drain()
    finally:
        bridge.close()
    return results[0]


def test_tracked_keys_outlive_the_process(internet: Internet, tmp_path: Path) -> None:
    """What libunbound learns of the root's keys is saved, and the next start validates by it."""
    first = start(tmp_path)
    # In place of the shipped keys, which the mini internet's root does not have.
    first.runtime.write_bytes(internet.trust_anchor.read_bytes())
    assert resolve(internet, first, "www.example.org.").secure
    saved = first.save_if_changed()
    first.close()
    assert saved
    keys = anchors.parse_state(first.state.read_bytes())
    assert keys
    assert set(keys).isdisjoint(anchors.shipped())

    second = start(tmp_path)
    assert second.records == keys
    assert resolve(internet, second, "www.example.org.").secure
    second.close()
    assert list(tmp_path.iterdir()) == [tmp_path / "state"]


def test_shipped_keys_are_not_the_mini_internets(internet: Internet, tmp_path: Path) -> None:
    """With the real root's keys nothing of another root validates: it is bogus, not insecure."""
    tracked = start(tmp_path)
    result = resolve(internet, tracked, "www.example.org.")
    tracked.close()
    assert not result.secure
    assert result.why_bogus
