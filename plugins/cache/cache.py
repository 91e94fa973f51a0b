# SPDX-License-Identifier: Apache-2.0
"""Cache: answers from what is kept, else asks the next plugin and keeps what comes back."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

import dns.rcode

from plugins.cache.ageing import aged, as_stale
from plugins.cache.keeper import Keeper
from plugins.cache.metrics import Counts
from plugins.cache.policy import CachePolicy
from plugins.cache.refresh import NoClient, Refresher, renewal, without_client
from plugins.cache.stale import StaleWriter, is_better
from plugins.cache.writer import CacheWriter
from resolver import names
from resolver.claims import NOTHING, Claims
from resolver.classify import Class, class_of, kind_of
from resolver.clock import Clock, Timer
from resolver.engine.observed import Counted
from resolver.engine.plan import Step
from resolver.errors import ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import UNWRITTEN_RCODES, Entry, Rcode, ResponseWriter

_log = logging.getLogger("plugin/cache")


class Cache(Plugin):
    """Keeps responses for the zones of its policy.

    `open_keeper` is called once, when all plugins of the block are set up: only then is it known
    what the block's answers depend on.
    """

    name = "cache"
    native_step = Step.CACHE

    def __init__(
        self, policy: CachePolicy, clock: Clock, open_keeper: Callable[[], Keeper]
    ) -> None:
        self.policy = policy
        self._clock = clock
        self._open_keeper = open_keeper
        self._keeper: Keeper | None = None
        self._zones = frozenset(policy.zones)
        self._refresher = Refresher(clock)

    def claims(self) -> Claims:
        """Claim nothing: what it does to a question is in its policy."""
        return NOTHING

    @property
    def keeper(self) -> Keeper:
        """What finds and keeps for this server block."""
        if self._keeper is None:
            self._keeper = self._open_keeper()
        return self._keeper

    async def start(self) -> None:
        """Open the keeper, so that the first query need not wait for it."""
        self._keeper = self.keeper

    async def close(self) -> None:
        """End the refreshes that are under way."""
        await self._refresher.close()

    def serve_dns(self, writer: ResponseWriter, request: Request) -> Coroutine[Any, Any, Rcode]:
        """Answer from the store, or keep what the next plugin answers.

        1. A fresh answer is sent. 2. Stale data are, as the policy says. 3. So is a failure that is
        still remembered. 4. The rest is asked for.
        """
        if names.ROOT not in self._zones and not names.longest_match(request.qname, self._zones):
            return self.call_next(writer, request)
        keeper = self.keeper
        now_ms = self._clock.now_ms()
        counts = keeper.counts(request)
        counts.requests.inc()
        if not keeper.knows(request, now_ms):
            counts.misses.inc()
            return self.call_next(CacheWriter(keeper, writer, request), request)
        return self._serve_known(writer, request, now_ms, counts)

    async def _serve_known(
        self, writer: ResponseWriter, request: Request, now_ms: int, counts: Counts
    ) -> Rcode:
        """Do so where something may be kept for the question."""
        keeper = self.keeper
        entry = keeper.find(request, now_ms)
        if entry is not None and now_ms < entry.deadline_ms:
            self._answer(writer, entry, now_ms, counts)
            if self.policy.prefetch is not None:
                self._prefetch(request, entry, now_ms)
            return dns.rcode.NOERROR
        beside = keeper.find_beside(request, now_ms)
        if entry is not None:
            return await self._serve_stale(writer, request, entry, beside)
        if beside is not None and now_ms < beside.deadline_ms:
            self._answer(writer, beside, now_ms, counts)
            return dns.rcode.NOERROR
        counts.misses.inc()
        return await self.call_next(CacheWriter(keeper, writer, request), request)

    def observe_counts(self, counted: Counted) -> None:
        """Add queries for which the store was asked where the chain was not run."""
        if not counted.looked_up and not counted.drops:
            return
        counts = self.keeper.counts_of(counted.server, counted.view)
        counts.requests.inc(counted.looked_up)
        counts.success_hits.inc(counted.hits.get(Class.SUCCESS, 0))
        counts.denial_hits.inc(counted.hits.get(Class.DENIAL, 0))
        counts.misses.inc(counted.misses)
        counts.served_stale.inc(counted.served_stale)
        counts.drops.inc(counted.drops)

    def _answer(self, writer: ResponseWriter, entry: Entry, now_ms: int, counts: Counts) -> None:
        self._count_hit(entry, counts)
        if self.policy.keep_ttl:
            writer.write(entry.response)
        else:
            writer.write(aged(entry.response, (now_ms - entry.stored_ms) // 1000))

    def _count_hit(self, entry: Entry, counts: Counts) -> None:
        is_success = entry.group is self.keeper.success
        (counts.success_hits if is_success else counts.denial_hits).inc()

    def _prefetch(self, request: Request, entry: Entry, now_ms: int) -> None:
        """Count a hit, and renew an entry that is asked for often and ends soon."""
        prefetch = self.policy.prefetch
        assert prefetch is not None
        hits = self.keeper.store.count_hit(entry, now_ms, prefetch.gap_ms)
        left_ms, kept_ms = entry.deadline_ms - now_ms, entry.deadline_ms - entry.stored_ms
        is_due = prefetch.is_due(hits, left_ms, kept_ms)
        if is_due and not self._has_failed(self.keeper.find_beside(request, now_ms), now_ms):
            self._renew(request, entry)

    def _has_failed(self, beside: Entry | None, now_ms: int) -> bool:
        """Return whether the last refresh failed so lately that there is to be no other yet."""
        if beside is None:
            return False
        recheck_ms = self.policy.stale.recheck_ms if self.policy.stale is not None else 0
        return now_ms < max(beside.deadline_ms, beside.stored_ms + recheck_ms)

    async def _serve_stale(
        self, writer: ResponseWriter, request: Request, entry: Entry, beside: Entry | None
    ) -> Rcode:
        policy = self.policy.stale
        assert policy is not None, "without it no entry outlives its deadline"
        if policy.verify and not self._has_failed(beside, self._clock.now_ms()):
            return await self._verify(writer, request, entry)
        writer.write(self._stale(request, entry))
        if not self._has_failed(beside, self._clock.now_ms()):
            self._renew(request, entry)
        return dns.rcode.NOERROR

    def _stale(self, request: Request, entry: Entry) -> Response:
        policy = self.policy.stale
        assert policy is not None, "without it no entry outlives its deadline"
        counts = self.keeper.counts(request)
        self._count_hit(entry, counts)
        counts.served_stale.inc()
        return as_stale(entry.response, policy.ttl_s)

    async def _verify(self, writer: ResponseWriter, request: Request, entry: Entry) -> Rcode:
        """Ask first; give stale data if that fails, at the time-out or at the deadline."""
        policy = self.policy.stale
        assert policy is not None, "without it no entry outlives its deadline"
        either = StaleWriter(
            writer,
            lambda response: is_better(policy, entry.response, response),
            lambda: self._stale(request, entry),
        )
        writer.at_deadline(either.give)
        timers: list[Timer] = []
        if policy.timeout_ms:
            timers.append(self._clock.call_later(policy.timeout_ms, either.give))
        try:
            asked = renewal(request, entry)
            rcode = await self.call_next(CacheWriter(self.keeper, either, request), asked)
        except ResolverError as error:
            either.give()
            self.keeper.keep_failure(request, error.ede)
            raise  # `errors` logs it; the server's SERVFAIL comes too late to be sent
        finally:
            for timer in timers:
                timer.cancel()
        self._note_failure(request, rcode, either.response)
        if rcode in UNWRITTEN_RCODES:
            either.give()
            return dns.rcode.NOERROR
        return rcode

    def _renew(self, request: Request, entry: Entry) -> None:
        """Ask for an entry anew in the background, unless that is under way."""
        store = self.keeper.store
        if not request.rd or self._refresher.is_full or not store.touch(entry):
            return
        self.keeper.counts(request).prefetches.inc()
        self._refresher.start(self._refresh(request, entry), lambda: store.release(entry))

    async def _refresh(self, request: Request, entry: Entry) -> None:
        asked = without_client(renewal(request, entry), self._clock.now_ms())
        nobody = NoClient(asked)
        try:
            rcode = await self.call_next(CacheWriter(self.keeper, nobody, asked), asked)
        except ResolverError as error:
            _log.debug("refresh failed name=%s error=%s", request.name, error)
            self.keeper.keep_failure(request, error.ede)
            return
        self._note_failure(request, rcode, nobody.response)

    def _note_failure(self, request: Request, rcode: Rcode, written: Response | None) -> None:
        """Keep that a refresh failed, where what was written does not say so by itself."""
        if written is None:
            has_failed = rcode in UNWRITTEN_RCODES
        else:
            has_failed = class_of(kind_of(written)) is Class.ERROR and written.rcode not in (
                dns.rcode.NXDOMAIN,
                dns.rcode.SERVFAIL,
                dns.rcode.NOTIMP,
            )
        if has_failed:
            self.keeper.keep_failure(request)
