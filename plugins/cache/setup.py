# SPDX-License-Identifier: Apache-2.0
"""Set-up of `cache`: the directive's line, the store that all blocks have in common, metrics."""

from dataclasses import replace
from functools import partial

from plugins.cache.cache import Cache
from plugins.cache.keeper import Keeper
from plugins.cache.metrics import CacheMetrics, Evictions
from plugins.cache.policy import DEFAULT_OCTETS, CachePolicy
from plugins.cache.properties import positive_ttl, read_properties
from plugins.cache.store import MemoryStore
from resolver import names
from resolver.classify import Class
from resolver.corefile.controller import Controller, Directive, Line
from resolver.types import Store

# Names among the shared objects: the process has one of each.
STORE = "cache/store"
EVICTIONS = "cache/evictions"


def setup(controller: Controller) -> None:
    """Add a Cache. Raises ConfigurationError for what the directive does not have."""
    directive = controller.once()
    policy = read_policy(controller, directive)
    for line in directive.properties:
        if line.name == "max_bytes":
            _refuse_another_size(controller, line, policy.max_octets)
    store: Store = controller.shared(STORE, lambda: MemoryStore(DEFAULT_OCTETS))
    evictions = controller.shared(EVICTIONS, lambda: Evictions(controller.metrics))
    zones = ",".join(names.to_text(zone) for zone in policy.zones)
    metrics = CacheMetrics(controller.metrics, zones)

    def open_keeper() -> Keeper:
        store.resize(_octets(controller))
        block = controller.block
        keeper = Keeper(
            policy,
            store,
            block.partition(),
            controller.clock,
            metrics,
            snoop=bool(getattr(block.handler("unbound"), "snoop", False)),
        )
        for kind, group in ((Class.SUCCESS, keeper.success), (Class.DENIAL, keeper.denial)):
            server, view = controller.server_name(), block.view
            metrics.watch(server, view, kind, partial(getattr, group, "count"))
            evictions.watch(group, metrics.evictions(server, view, kind))
        return keeper

    cache = Cache(policy, controller.clock, open_keeper)
    controller.add_plugin(cache)
    # Not before the configuration serves: one that fails must leave size and metrics as they are.
    controller.on_started(cache.start)
    controller.on_shutdown(cache.close)


def read_policy(controller: Controller, directive: Directive) -> CachePolicy:
    """Return what a directive says. Raises ConfigurationError for what it can not say."""
    policy = CachePolicy()
    args = list(directive.args)
    if args and args[0].lstrip("+-").isdecimal():
        ttl_s = positive_ttl(directive, args.pop(0))
        policy = replace(
            policy,
            success=replace(policy.success, max_s=ttl_s),
            denial=replace(policy.denial, max_s=ttl_s),
        )
    policy = replace(policy, zones=controller.origins(directive, args))
    return read_properties(policy, directive.properties)


def _said(controller: Controller) -> list[CachePolicy]:
    """Return the policies that name a size, of the blocks that are set up so far."""
    blocks = [*controller.services.blocks, controller.block]
    handlers = [block.handler("cache") for block in blocks]
    policies = [handler.policy for handler in handlers if isinstance(handler, Cache)]
    return [policy for policy in policies if policy.max_octets is not None]


def _octets(controller: Controller) -> int:
    """Return the size of the store: what any block says, or 64 MiB."""
    return next((p.max_octets for p in _said(controller) if p.max_octets), DEFAULT_OCTETS)


def _refuse_another_size(controller: Controller, line: Line, octets: int | None) -> None:
    """Raise ConfigurationError if another block gives the one store another size."""
    for policy in _said(controller):
        if policy.max_octets != octets:
            raise line.error(
                f"max_bytes {line.args[0]} differs from the size at {policy.sized_at}: "
                "the process has one cache"
            )
