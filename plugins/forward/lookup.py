# SPDX-License-Identifier: Apache-2.0
"""Looking up upstreams that are named: once, before the server starts."""

from __future__ import annotations

import asyncio
import random
import socket
from concurrent.futures import ThreadPoolExecutor

from plugins.forward import datagrams
from plugins.forward.message import Asked, Reply, decode, encode
from plugins.forward.settings import HostName, Settings, Target
from resolver import names, wire
from resolver.clock import Clock
from resolver.errors import ResolverError
from resolver.request import Endpoint
from resolver.transport.addresses import host_of

_LIMIT_MS = 2000


async def addresses_of(
    host: HostName, settings: Settings, clock: Clock, chance: random.Random
) -> list[Target]:
    """Return an upstream for each address of a host.

    `resolver` servers are asked if there are any, else the system.

    Raises ResolverError if it has no address.
    """
    try:
        if settings.resolvers:
            found = await _ask(host.name, settings, clock, chance)
        else:
            found = await _ask_system(host.name)
    except OSError as error:
        why = error.strerror or str(error)
        raise ResolverError(f'failed to resolve "{host.name}": {why}') from error
    if not found:
        raise ResolverError(f'failed to resolve "{host.name}": no address')
    return [Target(Endpoint(a, host.port), host.is_tls, host.server_name) for a in found]


async def _ask_system(name: str) -> list[str]:
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(1)  # of its own: no thread outlives the look-up
    lookup = loop.run_in_executor(
        pool, lambda: socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    )
    try:
        found = await lookup
    finally:
        pool.shutdown(wait=not lookup.cancelled())
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _ask(name: str, settings: Settings, clock: Clock, chance: random.Random) -> list[str]:
    """Return the addresses that the first `resolver` server knows which answers."""
    failure: OSError | None = None
    for server in settings.resolvers:
        found: list[str] = []
        try:
            for qtype in (wire.A, wire.AAAA):
                asked = Asked(names.from_text(name), qtype)
                reply = await _exchange(asked, server, settings.source, clock, chance)
                found += [host_of(r.rdata) for r in reply.records if _is_address(r, qtype)]
        except OSError as error:
            failure = error
            continue
        return found
    raise failure or OSError("no resolver")


async def _exchange(
    asked: Asked, server: Endpoint, source: str, clock: Clock, chance: random.Random
) -> Reply:
    ident = chance.randrange(1 << 16)
    query = encode(asked, ident)
    return await datagrams.ask(
        query, server, source, lambda o: decode(o, ident, asked), clock, chance, _LIMIT_MS
    )


def _is_address(record: wire.Record, qtype: int) -> bool:
    length = 4 if qtype == wire.A else 16
    return record.section == wire.ANSWER and record.rtype == qtype and len(record.rdata) == length
