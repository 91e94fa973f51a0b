# SPDX-License-Identifier: Apache-2.0
"""The mini internet as a whole: made, started, asked what it saw, stopped."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import dns.rdatatype
import dns.zone

from tests.internet.behaviours import behaviour as find_behaviour
from tests.internet.catalogue import SCRIPTED, SERVERS, ZONES
from tests.internet.content import addresses_of, root_hints, unsigned
from tests.internet.faults import apply_fault
from tests.internet.nsd import Nsd
from tests.internet.plan import ScriptedZone, Zone
from tests.internet.sign import Signer
from tests.internet.tap import Query, Tap
from tests.namespace import ADDRESSES_V6, can_bind

CHECKOUT = Path(__file__).parents[2]


class InternetError(Exception):
    """The mini internet cannot do what it was asked, for instance count packets unprivileged."""


class Internet:
    """Root, TLDs and zones on port 53 of 127.53.0.0/16, from `with` to its end.

    There can be one at a time in a network namespace, which the process must be in already
    (tests/namespace.py). Files are in `folder`, by default a temporary one that goes at the end.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._is_temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="internet-"))
        self.has_ipv6 = can_bind(ADDRESSES_V6[0])
        self.root_hints = self.folder / "root.hints"
        self.trust_anchor = self.folder / "root.ds"
        self._nsds: dict[str, Nsd] = {}
        self._scripted: subprocess.Popen[str] | None = None
        self._tap: Tap | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @classmethod
    def start(cls, folder: Path | None = None) -> Self:
        """Return a mini internet that runs until stop()."""
        return cls(folder).__enter__()

    def stop(self) -> None:
        """End each server; may be called twice."""
        for nsd in self._nsds.values():
            nsd.stop()
        self._nsds.clear()
        if self._scripted is not None:
            scripted_in, scripted_out = _pipes(self._scripted)
            scripted_in.close()
            self._scripted.wait()
            scripted_out.close()
            self._scripted = None
        if self._tap is not None:
            self._tap.close()
            self._tap = None
        if self._is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """Return where each zone is asked, by its name with a final dot: `example.org.`."""
        return {zone.name: self._reachable(addresses_of(zone)) for zone in ZONES}

    @property
    def unbound_properties(self) -> str:
        """Return what to write within `unbound { }` of a Corefile to resolve here."""
        return "\n".join(
            (
                f"root_hints {self.root_hints}",
                f"trust_anchor {self.trust_anchor}",
                "option do-not-query-localhost no",
                f"option do-ip6 {'yes' if self.has_ipv6 else 'no'}",
            )
        )

    @property
    def _counting(self) -> Tap:
        if self._tap is None:
            raise InternetError("packets cannot be counted without the capability CAP_NET_RAW")
        return self._tap

    def seen(self) -> tuple[Query, ...]:
        """Return each query that reached any server here since the last reset, in order."""
        return self._counting.queries()

    def queries(
        self, qname: str | None = None, qtype: str | None = None, server: str | None = None
    ) -> int:
        """Return how many queries arrived since the last reset; None is any.

        A resolver with QNAME minimisation (RFC 9156) also asks for shorter names.
        """
        wanted = None if qname is None else qname.lower().rstrip(".") + "."
        return sum(
            wanted in (None, query.qname.lower())
            and qtype in (None, query.qtype)
            and server in (None, query.server)
            for query in self.seen()
        )

    def reset_queries(self) -> None:
        """Count from here on."""
        self._counting.reset()

    def behave(self, zone: str, behaviour: str) -> None:
        """Give a zone of the scripted server another behaviour; done when this returns.

        For `switch.misbehaving.example.` and `signed-switch.example.`, which begin as "normal".
        """
        if self._scripted is None:
            raise InternetError("the scripted server does not run")
        if zone not in (known.name for known in ZONES if known.server == SCRIPTED):
            raise InternetError(f"no zone of the scripted server: {zone}")
        try:
            find_behaviour(behaviour)
        except ValueError as error:
            raise InternetError(str(error)) from error
        scripted_in, _ = _pipes(self._scripted)
        scripted_in.write(json.dumps([zone, behaviour]) + "\n")
        scripted_in.flush()
        self._await_scripted()

    @contextlib.contextmanager
    def silenced(self) -> Iterator[None]:
        """Have no server say anything; in the end each answers what came meanwhile."""
        try:
            self._send_all(signal.SIGSTOP)
            yield
        finally:
            self._send_all(signal.SIGCONT)

    def _send_all(self, number: signal.Signals) -> None:
        for nsd in self._nsds.values():
            nsd.send(number)
        if self._scripted is not None:
            self._scripted.send_signal(number)

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        texts = self._make_zones()
        for name, server in SERVERS.items():
            if server.is_nsd:
                zones = {zone.name: texts[zone.name] for zone in ZONES if zone.server == name}
                addresses = self._reachable(server.addresses)
                self._nsds[name] = Nsd(self.folder / name, addresses, zones)
        self._start_scripted(texts)
        for nsd in self._nsds.values():
            nsd.wait()
        with contextlib.suppress(PermissionError):  # seen() tells
            self._tap = Tap()

    def _make_zones(self) -> dict[str, str]:
        """Return the text of each zone; write root hints and trust anchor."""
        now_s = int(time.time())
        served = [zone for zone in ZONES if SERVERS[zone.server].is_nsd or zone.behaviour]
        signers = {zone.name: Signer.make(zone, now_s) for zone in served if zone.is_signed}
        ds = {name: signer.ds() for name, signer in signers.items() if signer.zone.has_ds}
        keys = self.folder / "keys"
        keys.mkdir()

        def make(zone: Zone) -> str:
            contents = unsigned(zone, self.has_ipv6, ds)
            if zone.is_signed:
                contents = signers[zone.name].sign(contents, keys)
                apply_fault(contents, zone.fault)
            return _text(contents)

        self.root_hints.write_text(root_hints(self.has_ipv6))
        self.trust_anchor.write_text("".join(f". 86400 IN DS {text}\n" for text in ds["."]))
        with ThreadPoolExecutor(2) as pool:
            return dict(zip((zone.name for zone in served), pool.map(make, served), strict=True))

    def _start_scripted(self, texts: Mapping[str, str]) -> None:
        self._scripted = subprocess.Popen(
            [sys.executable, "-m", "tests.internet.scripted"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            start_new_session=True,  # a Ctrl-C is for us; we end it
        )
        zones = [
            asdict(ScriptedZone(zone.name, zone.at[0], zone.behaviour, texts[zone.name]))
            for zone in ZONES
            if zone.server == SCRIPTED
        ]
        scripted_in, _ = _pipes(self._scripted)
        scripted_in.write(json.dumps(zones) + "\n")
        scripted_in.flush()
        self._await_scripted()

    def _await_scripted(self) -> None:
        if self._scripted is None or _pipes(self._scripted)[1].readline() != "ready\n":
            raise InternetError("the scripted server ended")

    def _reachable(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(address for address in addresses if self.has_ipv6 or ":" not in address)


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise InternetError("a process without pipes")
    return process.stdin, process.stdout


def _text(zone: dns.zone.Zone) -> str:
    """Return a master file with the SOA first and each RR on one line."""
    lines = [
        f"{name} {ttl} IN {dns.rdatatype.to_text(rdata.rdtype)} {rdata.to_text()}\n"
        for name, ttl, rdata in zone.iterate_rdatas()
    ]
    lines.sort(key=lambda line: " IN SOA " not in line)
    return "".join(lines)
