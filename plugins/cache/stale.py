# SPDX-License-Identifier: Apache-2.0
"""StaleWriter: gives stale data in place of a response that is a failure, or that is late."""

from collections.abc import Callable

import dns.rcode

from plugins.cache.policy import ServeStale
from resolver.classify import Kind, is_answered, kind_of
from resolver.response import Response, Validation
from resolver.types import ResponseWriter
from resolver.writer import WriterWrapper

ACCEPTED_RCODES = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN})


def is_better(policy: ServeStale, stale: Response, response: Response) -> bool:
    """Return whether a response is to be sent although there are stale data.

    What says that data are bogus always is: nothing stale may hide it. With `prefer_positive` a
    denial is not, if the stale data are none.
    """
    if response.validation is Validation.BOGUS:
        return True
    if policy.prefer_positive and is_positive(stale):
        return is_positive(response)
    return response.rcode in ACCEPTED_RCODES


def is_positive(response: Response) -> bool:
    """Return whether a response has data for its question."""
    return kind_of(response) is Kind.NO_ERROR and is_answered(response)


class StaleWriter(WriterWrapper):
    """Passes a response on if `accepts` says so; else, or when told to, gives stale data once.

    is_settled: whether anything was written. response: what came last, None if nothing did.
    """

    def __init__(
        self,
        writer: ResponseWriter,
        accepts: Callable[[Response], bool],
        stale: Callable[[], Response],
    ) -> None:
        super().__init__(writer)
        self._accepts = accepts
        self._stale = stale
        self.is_settled = False
        self.response: Response | None = None

    def give(self) -> None:
        """Write the stale data, if nothing was written yet."""
        if not self.is_settled:
            self.is_settled = True
            self._writer.write(self._stale())

    def write(self, response: Response) -> None:
        """Pass a response on, or give the stale data in its place."""
        self.response = response
        if self.is_settled or self._accepts(response):
            self.is_settled = True
            self._writer.write(response)
        else:
            self.give()
