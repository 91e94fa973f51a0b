# SPDX-License-Identifier: Apache-2.0
"""The one tree of errors: everything that Rootward raises on purpose is a ResolverError."""

from collections.abc import Iterable
from typing import NamedTuple


class Ede(NamedTuple):
    """An Extended DNS Error (RFC 8914): its INFO-CODE and EXTRA-TEXT.

    `text` is at most 256 octets of UTF-8 when it is sent; the server trims it.
    """

    code: int
    text: str = ""


class ResolverError(Exception):
    """Base of all errors raised on purpose.

    A handler raises it to say that a query failed: the plugin `errors` logs the text once and the
    server answers SERVFAIL with `ede` (if there is one). It is no panic.
    """

    def __init__(self, text: str, ede: Ede | None = None) -> None:
        super().__init__(text)
        self.ede = ede


class WireError(ResolverError):
    """Octets that are no well-formed DNS message, name or record."""


class DomainNameError(ResolverError):
    """Text that is no domain name."""


class ConfigurationError(ResolverError):
    """A configuration that cannot be used; the text names file, line and fix.

    `file` and `line` (1-based, 0 where there is none) tell where it stands.
    """

    def __init__(self, text: str, file: str = "", line: int = 0) -> None:
        super().__init__(text)
        self.file = file
        self.line = line


class ConfigurationErrors(ResolverError):  # noqa: N818 -- it is several
    """All that is wrong with a configuration; its text has a line for each of `errors`."""

    def __init__(self, errors: Iterable[ResolverError]) -> None:
        self.errors = tuple(dict.fromkeys(errors))
        super().__init__("\n".join(str(error) for error in self.errors))


def reason(error: OSError) -> str:
    """Return an operating system's error in Go's words: lower case, no number."""
    return (error.strerror or str(error)).lower()
