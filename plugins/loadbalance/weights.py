# SPDX-License-Identifier: Apache-2.0
"""The weight file: its format, and reading it again when it has changed."""

import hashlib
import ipaddress
import logging
from pathlib import Path

from plugins.loadbalance.loadbalance import Policy
from plugins.loadbalance.rules import Weights
from resolver import names
from resolver.clock import Clock, Timer
from resolver.errors import DomainNameError, ResolverError

LOGGER = logging.getLogger("plugin/loadbalance")


class WeightFileError(ResolverError):
    """A weight file that cannot be used."""


def parse(text: str, file: str) -> Weights:
    """Return the weights of a file: a line with a name, then lines `ADDRESS WEIGHT` for it.

    Weights are 1 to 255. Blank lines, and lines that start with `#`, are passed over.

    Raises WeightFileError naming the line's content.
    """
    found: dict[bytes, dict[bytes, int]] = {}
    owner: dict[bytes, int] | None = None
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) == 1:
            owner = found.setdefault(_name(words[0], file), {})
        elif len(words) == 2:
            address = _address(words[0], file)
            weight = _weight(words[1], file)
            if owner is None:
                raise WeightFileError(f"missing domain name in weight file {file}")
            owner[address] = weight
        else:
            raise WeightFileError(f'could not parse weight line:"{line}" in weight file {file}')
    return found


def _name(word: str, file: str) -> bytes:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        try:
            return names.from_text(word)
        except DomainNameError as error:
            raise WeightFileError(f"{error} in weight file {file}") from None
    raise WeightFileError(
        f'wrong domain name:"{word}" in weight file {file}. (Maybe a missing weight value?)'
    )


def _address(word: str, file: str) -> bytes:
    try:
        return ipaddress.ip_address(word).packed
    except ValueError:
        raise WeightFileError(f'wrong IP address:"{word}" in weight file {file}') from None


def _weight(word: str, file: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 4 and 1 <= int(word) <= 255):
        raise WeightFileError(f'wrong weight value:"{word}" in weight file {file}')
    return int(word)


class WeightFile:
    """Keeps a policy's weights to what its file says.

    `reload_ms` 0 reads it once. The event loop's thread only.
    """

    def __init__(self, path: Path, reload_ms: int, policy: Policy, clock: Clock) -> None:
        self._path = path
        self._reload_ms = reload_ms
        self._policy = policy
        self._clock = clock
        self._digest = b""
        self._timer: Timer | None = None

    async def start(self) -> None:
        """Read the file, and from now on again every `reload_ms`.

        Raises WeightFileError if it is faulty, or missing and never read again.
        """
        try:
            self._read()
        except FileNotFoundError as error:
            if not self._reload_ms:
                raise WeightFileError(f"could not open weight file: {error}") from None
            LOGGER.warning("Failed to open %s: %s, will retry", self._path, error.strerror)
        except OSError as error:
            raise WeightFileError(f"could not open weight file: {error}") from None
        self._wait()

    async def stop(self) -> None:
        """Read it no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        if self._reload_ms:
            self._timer = self._clock.call_later(self._reload_ms, self._again)

    def _again(self) -> None:
        try:
            if self._read():
                LOGGER.info("Successfully reloaded weight file %s", self._path)
        except (OSError, WeightFileError) as error:
            LOGGER.error("Failed to reload weight file, old weights stay: %s", error)
        self._wait()

    def _read(self) -> bool:
        """Read the file; whether it was another than before."""
        octets = self._path.read_bytes()
        digest = hashlib.sha256(octets).digest()
        if digest == self._digest:
            return False
        self._policy.weights = parse(octets.decode(errors="replace"), str(self._path))
        self._digest = digest
        return True
