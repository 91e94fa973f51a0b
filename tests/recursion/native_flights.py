# SPDX-License-Identifier: Apache-2.0
"""C's flights and what they need, for a server in this process: an engine that has no lane."""

from resolver.clock import Clock
from resolver.metrics import Metrics
from resolver.native.clock import NativeClock
from resolver.native.flights import NativeFlights
from resolver.native.lanes import Lanes
from resolver.native.observers import Observers
from resolver.native.plan import PlanHolder
from resolver.native.store import SECRET_OCTETS, NativeStore
from resolver.recursion.caps import Limits as Caps


class Native:
    """`flights` with their caps; `close` ends the threads."""

    def __init__(self, clock: Clock, metrics: Metrics, caps: Caps) -> None:
        self._observers = observers = Observers(metrics, clock)
        store, holder = NativeStore(1 << 20, bytes(SECRET_OCTETS)), PlanHolder()
        shown = NativeClock(clock)
        self._parts = (store, holder, shown)
        self._lanes = Lanes(
            store.handle,
            holder.handle,
            shown.handle,
            observers.counts(),
            observers.counts(),
            observers.ring(),
            1,
            64,
        )
        self.flights = NativeFlights(self._lanes, observers.counts(), observers.ring(), caps)

    def close(self) -> None:
        """End all threads."""
        self._lanes.close()
        self._observers.close()
