# SPDX-License-Identifier: Apache-2.0
"""Keeper: what one server block finds in the store, and how it puts it there.

Each question has two places. One is for answers. The other, beside it, is for failures, so that
they hide no good answer and remember for how long the last one was kept; and, where stale data are
preferred to denials, for those. Both are divided by DO and CD.
"""

from __future__ import annotations

import hashlib

import dns.rcode

from plugins.cache.metrics import CacheMetrics, Counts
from plugins.cache.policy import MAX_FAILURE_MS, CachePolicy
from plugins.cache.stale import ACCEPTED_RCODES, is_positive
from plugins.cache.verdict import VALIDATED, Verdict, as_stored, is_for, judge
from resolver.classify import Class, Kind, kind_of
from resolver.clock import Clock
from resolver.errors import Ede
from resolver.request import Request
from resolver.response import Response, Validation
from resolver.types import Entry, Group, Key, Policy, Store


class Keeper:
    """A partition of the store, with the policy of its `cache` directive.

    snoop: whether queries with RD=0 may see recursive data.
    """

    def __init__(
        self,
        policy: CachePolicy,
        store: Store,
        partition: bytes,
        clock: Clock,
        metrics: CacheMetrics,
        *,
        snoop: bool = False,
    ) -> None:
        self.policy = policy
        self.store = store
        self.success: Group = store.group(partition, Class.SUCCESS)
        self.denial: Group = store.group(partition, Class.DENIAL)
        store.limit(self.success, policy.success.capacity)
        store.limit(self.denial, policy.denial.capacity)
        self._partition = partition
        self._beside = hashlib.sha256(partition + b"beside").digest()[:16]
        self._clock = clock
        self._metrics = metrics
        self._snoop = snoop
        self._keeping = store.keeping(partition, policy)

    @property
    def is_native(self) -> bool:
        """Whether the engine keeps as the policy says, too."""
        return self._keeping is not None

    def counts(self, request: Request) -> Counts:
        """Return the counters for a request."""
        return self._metrics.of(request.server, request.view)

    def counts_of(self, server: str, view: str) -> Counts:
        """Return the counters for a server and view."""
        return self._metrics.of(server, view)

    def knows(self, request: Request, now_ms: int) -> bool:
        """Return whether it is worth looking for what is kept for a request."""
        return self._keeping is None or self._keeping.knows(request, now_ms)

    def find(self, request: Request, now_ms: int) -> Entry | None:
        """Return the answer to a request, fresh or stale."""
        return self._find(self._partition, request, now_ms)

    def find_beside(self, request: Request, now_ms: int) -> Entry | None:
        """Return what stands beside the answer, past its time too: a failure is remembered."""
        return self._find(self._beside, request, now_ms)

    def _find(self, partition: bytes, request: Request, now_ms: int) -> Entry | None:
        key = Key(partition, request.qname, request.qtype, request.qclass, request.do, request.cd)
        entry = self.store.get(key, now_ms)
        if request.cd and (entry is None or now_ms >= entry.deadline_ms):
            both = self.store.get(key._replace(cd=False), now_ms)
            if both is not None and both.response.validation in VALIDATED:
                entry = both if entry is None or now_ms < both.deadline_ms else entry
        if entry is not None and entry.response.recursive and not (request.rd or self._snoop):
            return None
        return entry

    def keep(self, request: Request, response: Response) -> Response:
        """Keep a response if it is one to keep, and return what goes on to the client."""
        if self._keeping is not None:
            kept = self._keeping.keep(request, response, self._clock.now_ms(), self._clock.wall_s())
            if kept is not None:
                octets, has_dropped = kept
                if has_dropped:
                    self.counts(request).drops.inc()
                if octets is response.wire:
                    return response
                return response.with_octets(octets, response.rrs)
        if not is_for(request, response):
            self.counts(request).drops.inc()
            return response
        now_ms = self._clock.now_ms()
        if response.validation is Validation.BOGUS:
            self._end_stale(request, now_ms)
        verdict = judge(self.policy, request, response, self._clock.wall_s())
        if verdict is not None and verdict.kept_as is Class.ERROR:
            self._keep_failure(request, response, verdict.kept_ms, now_ms)
            return response
        beside = self._key(self._beside, request, response)
        if verdict is None:
            if response.rcode in ACCEPTED_RCODES:
                self.store.discard(beside, now_ms)
            return response
        key = beside._replace(partition=self._partition)
        if self._is_second(verdict, self.store.get(key, now_ms)):
            key = beside
        else:
            self.store.discard(beside, now_ms)
        group = self.success if verdict.kept_as is Class.SUCCESS else self.denial
        policy = Policy(verdict.kept_ms, verdict.stale_ms)
        self._put(key, request, as_stored(verdict.sent), policy, group, now_ms)
        return verdict.sent

    def keep_failure(self, request: Request, ede: Ede | None = None) -> None:
        """Keep that a question failed for which nothing was written."""
        failure = Response.answering(
            request,
            rcode=dns.rcode.SERVFAIL,
            recursive=True,
            ede=() if ede is None else (ede,),
        )
        self.keep(request, failure)

    def _keep_failure(
        self, request: Request, response: Response, at_most_ms: int, now_ms: int
    ) -> None:
        key = self._key(self._beside, request, response)
        before = self.store.get(key, now_ms)
        previous_ms = 0
        if before is not None and kind_of(before.response) is Kind.SERVER_ERROR:
            if now_ms < before.deadline_ms:
                return  # the same failure, told to another who waited for it
            previous_ms = before.deadline_ms - before.stored_ms
        kept_ms = min(self.policy.failure_ms(previous_ms), at_most_ms)
        policy = Policy(kept_ms, MAX_FAILURE_MS)
        self._put(key, request, as_stored(response), policy, self.denial, now_ms)

    def _put(
        self,
        key: Key,
        request: Request,
        response: Response,
        policy: Policy,
        group: Group,
        now_ms: int,
    ) -> None:
        if not self.store.put(key, response, now_ms, policy, group):
            self.counts(request).drops.inc()

    def _is_second(self, verdict: Verdict, entry: Entry | None) -> bool:
        """Return whether a denial stands back behind the positive data that are there."""
        return (
            self.policy.stale is not None
            and self.policy.stale.prefer_positive
            and verdict.kept_as is Class.DENIAL
            and entry is not None
            and is_positive(entry.response)
        )

    def _end_stale(self, request: Request, now_ms: int) -> None:
        """Forbid stale data where they were found bogus, for both values of DO."""
        for do in (False, True):
            key = Key(self._partition, request.qname, request.qtype, request.qclass, do, False)
            self.store.end_stale(key, now_ms)

    @staticmethod
    def _key(partition: bytes, request: Request, response: Response) -> Key:
        """Return where a response is kept: what our validator accepted serves both values of CD."""
        cd = request.cd and response.validation not in VALIDATED
        return Key(partition, request.qname, request.qtype, request.qclass, request.do, cd)
