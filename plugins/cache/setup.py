# SPDX-License-Identifier: Apache-2.0
"""Set-up of `cache`: the directive's line, the store that all blocks have in common, metrics."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from plugins.cache.cache import Cache
from plugins.cache.keeper import Keeper
from plugins.cache.metrics import CacheMetrics, Evictions
from plugins.cache.persistence import Persistence
from plugins.cache.policy import DEFAULT_OCTETS, CachePolicy
from plugins.cache.properties import positive_ttl, read_properties
from plugins.cache.store import MemoryStore
from resolver import names
from resolver.classify import Class
from resolver.corefile.controller import Controller, Directive, Line
from resolver.storage import STORE, Store

# Names among the shared objects: the process has one of each.
EVICTIONS = "cache/evictions"
PERSISTENCE = "cache/persistence"


def setup(controller: Controller) -> None:
    """Add a Cache. Raises ConfigurationError for what the directive does not have."""
    directive = controller.once()
    policy = read_policy(controller, directive)
    if policy.persist is not None:
        policy = replace(policy, persist=str(controller.path(policy.persist)))
    for line in directive.properties:
        if line.name == "max_bytes":
            _refuse_another_size(controller, line, policy.max_octets)
        elif line.name == "persist":
            _refuse_another_file(controller, line, policy)
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
    if policy.persist is not None:
        _persist(controller, store, Path(policy.persist))


def _persist(controller: Controller, store: Store, path: Path) -> None:
    """Have the store's content come from a file, and go there."""
    persistence = controller.shared(PERSISTENCE, lambda: Persistence(store, controller.clock))

    async def begin() -> None:
        for cache in _caches(controller):
            await cache.start()  # so that the store knows what partitions there are
        persistence.begin(path)
        begun.append(path)

    async def end() -> None:
        if begun:
            await persistence.end(path)

    begun: list[Path] = []
    controller.on_started(begin)
    controller.on_shutdown(end)


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


def _caches(controller: Controller) -> list[Cache]:
    """Return the caches of the blocks that are set up so far."""
    blocks = [*controller.services.blocks, controller.block]
    handlers = [block.handler("cache") for block in blocks]
    return [handler for handler in handlers if isinstance(handler, Cache)]


def _octets(controller: Controller) -> int:
    """Return the size of the store: what any block says, or 64 MiB."""
    sizes = (cache.policy.max_octets for cache in _caches(controller))
    return next((size for size in sizes if size), DEFAULT_OCTETS)


def _refuse_another_size(controller: Controller, line: Line, octets: int | None) -> None:
    """Raise ConfigurationError if another block gives the one store another size."""
    for policy in (cache.policy for cache in _caches(controller)):
        if policy.max_octets not in (None, octets):
            raise line.error(
                f"max_bytes {line.args[0]} differs from the size at {policy.sized_at}: "
                "the process has one cache"
            )


def _refuse_another_file(controller: Controller, line: Line, policy: CachePolicy) -> None:
    """Raise ConfigurationError for a file that cannot be, or if another block has another one."""
    path = controller.path(line.args[0])
    if path.is_dir() or not path.parent.is_dir():
        raise line.error(f"persist {line.args[0]} is no place for a file")
    for other in (cache.policy for cache in _caches(controller)):
        if other.persist not in (None, policy.persist):
            raise line.error(
                f"persist {line.args[0]} differs from the file at {other.persisted_at}: "
                "the process has one cache"
            )
