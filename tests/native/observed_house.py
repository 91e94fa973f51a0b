# SPDX-License-Identifier: Apache-2.0
"""Server blocks that observe, set up from a Corefile; their chains end as a test says."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable

from prometheus_client.samples import Sample

from plugins.acl.acl import Acl
from plugins.acl.sources import LOCAL_PREFIXES, Sources
from resolver.corefile.controller import Controller
from resolver.directives import standard_directives
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.server import Server
from resolver.setups import read_blocks, set_up
from resolver.testing import FixedClock, response, services
from resolver.types import Rcode, ResponseWriter
from tests.serve import WithMore

COREFILE = """
example.org {
    view inside {
        expr incidr(client_ip(), '10.0.0.0/8')
    }
    log . FORMAT
    prometheus localhost:0
    ending
}
example.org example.net {
    errors
    log . FORMAT
    prometheus localhost:0
    acl {
        drop type NULL net *
        filter type TXT net *
        allow net 2001:db8::/32
    }
    acl www.example.net {
        block net 192.0.2.66/32
    }
    cache 3600 example.org example.net {
        serve_stale 1h verify
    }
    ending
}
"""
INSIDE, OUTSIDE = 0, 1  # numbers of the blocks
CLIENTS = ipaddress.ip_network("192.0.2.0/24")  # RFC 5737; who may ask by default

# What differs between two sides that count the same: what stands for the store, for the process.
_OTHER = ("coredns_cache_entries", "coredns_build_info", "process_", "python_")


class End(Plugin):
    """Ends a chain as a test says."""

    name = "ending"

    def __init__(self) -> None:
        self.say: Callable[[], Response] = lambda: response("example.org. A")
        self.gate: asyncio.Event | None = None

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        if self.gate is not None:
            await self.gate.wait()
        writer.write(self.say())
        return 0


class House:
    """The blocks, the server that they are of, and what was counted."""

    def __init__(self, log_format: str) -> None:
        self.clock = FixedClock()
        self.services = services(self.clock)
        self.end = End()

        def setup(controller: Controller) -> None:
            controller.add_plugin(self.end)

        directives = WithMore(standard_directives(), {"ending": setup})
        text = COREFILE.replace("FORMAT", log_format)
        self.blocks, errors = read_blocks(text, "Corefile", directives, {})
        errors += set_up(self.blocks, directives, self.services)
        assert errors == []
        for block in self.blocks:
            block.recursion_available = True
            acl = block.handler("acl")
            if isinstance(acl, Acl):
                acl.policy.default = Sources([*LOCAL_PREFIXES, CLIENTS])
        self.server = Server(self.blocks, self.services)

    def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """Return all that was counted; zeroes only of what counts each query."""
        self.services.metrics.refresh()
        found = {}
        for family in self.services.metrics.registry.collect():
            for sample in family.samples:
                if is_compared(sample):
                    found[sample.name, frozenset(sample.labels.items())] = sample.value
        return found


def is_compared(sample: Sample) -> bool:
    """Return whether a sample is to be there on both sides."""
    if sample.name.endswith("_created") or sample.name.startswith(_OTHER):
        return False
    return sample.value != 0 or sample.name.startswith("coredns_dns_")
