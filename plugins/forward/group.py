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
import math
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from plugins.forward.message import Asked, Reply
from plugins.forward.metrics import ForwardMetrics
from plugins.forward.patience import Budget, pause
from plugins.forward.policy import policy
from plugins.forward.proxy import Proxy
from plugins.forward.settings import Settings
from resolver.clock import Clock
from resolver.errors import Ede, ResolverError

OTHER, NO_REACHABLE_AUTHORITY, NETWORK_ERROR = 0, 22, 23  # RFC 8914

_REST_MS = 20  # between rounds, so that who refuses at once is not asked without end
_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Outcome(NamedTuple):
    """What was said, and the name of the upstream that said it."""

    reply: Reply
    upstream: str


class Group:
    """The upstreams of one line; `proxies` stand in the Corefile's order, and may be exchanged."""

    def __init__(
        self, settings: Settings, clock: Clock, metrics: ForwardMetrics, chance: random.Random
    ) -> None:
        self.proxies: Sequence[Proxy] = ()
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._chance = chance
        self._ordered: Callable[[Sequence[Proxy]], list[Proxy]] = policy(settings.policy, chance)

    async def ask(self, asked: Asked, budget: Budget) -> Outcome:
        """Return what the first upstream says that answers.

        Raises ResolverError if none does in time.
        """
        going = _Round(self._ordered(self.proxies), self._settings.max_fails)
        attempts_left = self._attempts()
        error: OSError | None = None
        said: Outcome | None = None
        while going.proxies and budget.left_ms > 0 and attempts_left:
            proxy = going.next_up()
            if proxy is None:
                self._metrics.all_down.inc()
                if self._settings.failfast:
                    break
                proxy = self._chance.choice(going.proxies)
            attempts_left -= 1
            try:
                reply = await proxy.ask(asked, self._limit_ms(budget, going.untried(proxy)))
            except OSError as failure:
                error = self._note(failure, proxy)
                if going.is_complete and attempts_left:
                    await pause(self._clock, min(_REST_MS, max(0, budget.left_ms)))
                continue
            said = Outcome(reply, proxy.name)
            if reply.rcode not in self._settings.failover_rcodes:
                return said
            going.leave_out(proxy)
        if said is not None:
            return said
        raise _failure(error, is_down=going.is_down)

    async def close(self) -> None:
        """End connections and probes of all upstreams."""
        for proxy in self.proxies:
            await proxy.close()

    def _attempts(self) -> float:
        """Return how many attempts one question has."""
        allowed = self._settings.max_attempts
        return 2 * len(self.proxies) if allowed is None else allowed or math.inf

    def _limit_ms(self, budget: Budget, untried: int) -> int:
        """Return how long an upstream may take, so that those not tried yet have their share."""
        return min(self._settings.read_ms, max(1, budget.left_ms // (1 + untried)))

    def _note(self, failure: OSError, proxy: Proxy) -> OSError:
        """Have an upstream probed that did not answer, and return its error with its name.

        Raises ResolverError if it is this machine that lacks something.
        """
        if failure.errno in _OURS:
            raise ResolverError(f"plugin/forward: {failure}", Ede(OTHER)) from failure
        if self._settings.max_fails:
            proxy.health.check()
        return OSError(f"{proxy.target}: {failure.strerror or failure}")


class _Round:
    """One question going round the upstreams; `proxies` are those that are still asked."""

    def __init__(self, proxies: list[Proxy], max_fails: int) -> None:
        self.proxies = proxies
        self.is_down = False
        self._max_fails = max_fails
        self._at = 0
        self._tried: set[str] = set()

    @property
    def is_complete(self) -> bool:
        """Whether all had their turn, and the first one is next."""
        return self._at % len(self.proxies) == 0

    def next_up(self) -> Proxy | None:
        """Return the next one that is not down, None (and `is_down`) if all are."""
        for _ in self.proxies:
            proxy = self.proxies[self._at % len(self.proxies)]
            self._at += 1
            if not proxy.health.is_down(self._max_fails):
                return proxy
        self.is_down = True
        return None

    def untried(self, now: Proxy) -> int:
        """Return how many have not been asked yet, besides the one that is asked now."""
        self._tried.add(now.name)
        return sum(
            proxy.name not in self._tried and not proxy.health.is_down(self._max_fails)
            for proxy in self.proxies
        )

    def leave_out(self, proxy: Proxy) -> None:
        """Ask one no more."""
        self.proxies.remove(proxy)
        self._at -= 1


def _failure(error: OSError | None, *, is_down: bool) -> ResolverError:
    if error is None:
        text = "no healthy proxies" if is_down else "no answer in time"
        return ResolverError(f"plugin/forward: {text}", Ede(NO_REACHABLE_AUTHORITY, text))
    return ResolverError(f"plugin/forward: {error}", Ede(NETWORK_ERROR, "upstream does not answer"))
