# SPDX-License-Identifier: Apache-2.0
"""Group: the upstreams of one `forward` line, and how a question finds the one that answers.

1. The policy puts them in an order; those that are down are skipped.
2. If all are down, probes may be what is broken: one is asked by chance, or nobody (`failfast`).
3. One that does not answer is probed from now on, and the next one is asked; round and round until
   time or the allowed number of attempts is used up.
4. An RCODE of `failover` leads on to the next one, each is asked once for that.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from plugins.forward.message import Asked, Reply
from plugins.forward.metrics import ForwardMetrics
from plugins.forward.patience import Budget
from plugins.forward.policy import policy
from plugins.forward.proxy import Proxy
from plugins.forward.settings import Settings
from resolver.errors import Ede, ResolverError

OTHER, NO_REACHABLE_AUTHORITY, NETWORK_ERROR = 0, 22, 23  # RFC 8914

_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Outcome(NamedTuple):
    """What was said, and the name of the upstream that said it."""

    reply: Reply
    upstream: str


class Group:
    """The upstreams of one line; `proxies` stand in the Corefile's order, and may be exchanged."""

    def __init__(self, settings: Settings, metrics: ForwardMetrics, chance: random.Random) -> None:
        self.proxies: Sequence[Proxy] = ()
        self._settings = settings
        self._metrics = metrics
        self._chance = chance
        self._ordered: Callable[[Sequence[Proxy]], list[Proxy]] = policy(settings.policy, chance)

    async def ask(self, asked: Asked, budget: Budget) -> Outcome:
        """Return what the first upstream says that answers.

        Raises ResolverError if none does in time.
        """
        proxies = self._ordered(self.proxies)
        size = len(proxies)
        allowed = self._settings.max_attempts
        attempts_left = 2 * size if allowed is None else allowed or None
        error: OSError | None = None
        failed_over: Outcome | None = None
        tried: set[str] = set()
        turn = down = 0
        while proxies and budget.left_ms > 0 and attempts_left != 0:
            proxy = proxies[turn % size]
            if turn % size == 0:
                down = 0
            turn += 1
            if proxy.health.is_down(self._settings.max_fails):
                down += 1
                if down < size:
                    continue
                self._metrics.all_down.inc()
                if self._settings.failfast:
                    break
                proxy = self._chance.choice(proxies)
            attempts_left = None if attempts_left is None else attempts_left - 1
            tried.add(proxy.name)
            untried = sum(other.name not in tried for other in proxies)
            try:
                reply = await proxy.ask(asked, self._limit_ms(budget, untried))
            except OSError as failure:
                if failure.errno in _OURS:
                    raise ResolverError(f"plugin/forward: {failure}", Ede(OTHER)) from failure
                error = _named(failure, proxy)
                if self._settings.max_fails:
                    proxy.health.check()
                continue
            outcome = Outcome(reply, proxy.name)
            if reply.rcode not in self._settings.failover_rcodes:
                return outcome
            failed_over = outcome
            proxies = [other for other in proxies if other is not proxy]
            size, turn = len(proxies), turn - 1
        if failed_over is not None:
            return failed_over
        raise _failure(error, is_down=down >= size)

    async def close(self) -> None:
        """End connections and probes of all upstreams."""
        for proxy in self.proxies:
            await proxy.close()

    def _limit_ms(self, budget: Budget, untried: int) -> int:
        """Return how long an upstream may take, so that those not tried yet have their share."""
        return min(self._settings.read_ms, max(1, budget.left_ms // (1 + untried)))


def _named(failure: OSError, proxy: Proxy) -> OSError:
    return OSError(f"{proxy.target}: {failure.strerror or failure}")


def _failure(error: OSError | None, *, is_down: bool) -> ResolverError:
    if error is None:
        text = "no healthy proxies" if is_down else "no answer in time"
        return ResolverError(f"plugin/forward: {text}", Ede(NO_REACHABLE_AUTHORITY, text))
    return ResolverError(f"plugin/forward: {error}", Ede(NETWORK_ERROR, "upstream does not answer"))
