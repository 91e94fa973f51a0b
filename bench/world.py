# SPDX-License-Identifier: Apache-2.0
"""What is asked in measurements: the mini internet of the tests, and two zones more beside it.

The two are too large for the tests: names enough that each round of misses asks for new ones. The
mini internet delegates to them. The signed one has no DS there, but is a trust anchor of its own.
"""

import ctypes
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.zone

from tests.internet.nsd import Nsd
from tests.internet.plan import Zone
from tests.internet.sign import Signer
from tests.internet.world import Internet

ADDRESS = "127.53.20.1"
UNSIGNED = "bench.example.net."
SIGNED = "bench.example.org."
VALIDATED = "www.example.org."  # of the mini internet: two delegations from the root, all signed
CACHED_NAMES = 1000

_ADDRESSES = 4
_CAP_NET_RAW = 1 << 13
_CAPABILITIES_V3 = 0x20080522


class World:
    """The mini internet with the two zones, from `with` to its end, in a namespace of our own.

    `fresh` is how many signed names there are that no cache has seen. With `captures` the mini
    internet counts queries, which takes its time.
    """

    def __init__(self, fresh: int, *, captures: bool = False) -> None:
        self._fresh = fresh
        self._captures = captures
        self._temporary = tempfile.TemporaryDirectory(prefix="bench-")
        self.folder = Path(self._temporary.name)
        self.internet = Internet(self.folder / "internet")
        self.anchors = self.folder / "anchors"
        self._nsd: Nsd | None = None

    def __enter__(self) -> Self:
        try:
            if not self._captures:
                _forgo_capture()
            self.internet.__enter__()
            self._start_nsd()
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

    def stop(self) -> None:
        """End each server."""
        if self._nsd is not None:
            self._nsd.stop()
            self._nsd = None
        self.internet.stop()
        self._temporary.cleanup()

    def _start_nsd(self) -> None:
        signer = Signer.make(Zone(SIGNED, contents=()), int(time.time()))
        anchors = [f"{SIGNED} 86400 IN DS {text}\n" for text in signer.ds()]
        self.anchors.write_text(self.internet.trust_anchor.read_text() + "".join(anchors))
        zone = dns.zone.from_text(self._signed_text(), origin=SIGNED, relativize=False)
        signed = signer.sign(zone, self.folder)
        self._nsd = Nsd(
            self.folder / "bench", (ADDRESS,), {UNSIGNED: _unsigned_text(), SIGNED: _text(signed)}
        )
        self._nsd.wait()

    def _signed_text(self) -> str:
        """Return a zone without wildcards: an answer from one takes a proof, and so costs more."""
        lines = _apex()
        for number in range(CACHED_NAMES):
            lines.append(f"n{number}.one A 192.0.2.1")
            lines += (f"n{number}.four A 192.0.2.{last}" for last in range(1, _ADDRESSES + 1))
        lines += (f"f{number}.fresh A 192.0.2.1" for number in range(self._fresh))
        return "\n".join(lines) + "\n"


def _unsigned_text() -> str:
    """Return a zone that has every name below `one`, `four` and `fresh`."""
    lines = [*_apex(), "*.one A 192.0.2.1", "*.fresh A 192.0.2.1"]
    lines += (f"*.four A 192.0.2.{last}" for last in range(1, _ADDRESSES + 1))
    return "\n".join(lines) + "\n"


def _apex() -> list[str]:
    return [
        "$TTL 86400",
        "@ SOA ns1 hostmaster 1 7200 3600 1209600 3600",
        "@ NS ns1",
        f"ns1 A {ADDRESS}",
        "none TXT names-below-do-not-exist",
    ]


def _text(zone: dns.zone.Zone) -> str:
    """Return a master file; NSD wants the SOA first."""
    lines = [
        f"{name} {ttl} IN {rdata.rdtype.name} {rdata.to_text()}\n"
        for name, ttl, rdata in zone.iterate_rdatas()
    ]
    lines.sort(key=lambda line: " IN SOA " not in line)
    return "".join(lines)


def _forgo_capture() -> None:
    """Give up capturing packets: the mini internet's tap would cost both contenders time."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    sets = (ctypes.c_uint32 * 6)()
    if libc.capget(header, sets) == 0:
        sets[0] &= ~_CAP_NET_RAW  # effective, capabilities 0 to 31
        libc.capset(header, sets)
