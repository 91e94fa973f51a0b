# SPDX-License-Identifier: Apache-2.0
"""In which order the records of a response leave: pure functions from records to indexes.

Every rule works section by section. Relative order is kept but among the records that a rule moves.
"""

import ipaddress
import random
from collections.abc import Callable, Mapping, Sequence

from resolver import names, wire
from resolver.response import Response

ADDRESSES = frozenset({wire.A, wire.AAAA})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Weights = Mapping[bytes, Mapping[bytes, int]]
Group = list[int]
Arrange = Callable[[Group, Group, Group, Group], Group]

ROUND_ROBIN_SECTIONS = (wire.ANSWER, wire.AUTHORITY, wire.ADDITIONAL)
OTHER_SECTIONS = (wire.ANSWER, wire.ADDITIONAL)


def round_robin(response: Response, rng: random.Random) -> Response:
    """Return the response with address and MX records shuffled, each kind among itself.

    A section becomes CNAME, the rest, addresses, MX.
    """

    def arrange(cnames: Group, rest: Group, addresses: Group, mxs: Group) -> Group:
        rng.shuffle(addresses)
        rng.shuffle(mxs)
        return cnames + rest + addresses + mxs

    return _arranged(response, ROUND_ROBIN_SECTIONS, arrange)


def prefer(response: Response, networks: Sequence[Network]) -> Response:
    """Return the response with addresses in the order of the first network that each lies in.

    Those in none come last. A section becomes CNAME, addresses, MX, the rest.
    """

    def rank(index: int) -> int:
        address = ipaddress.ip_address(_address(response, index))
        return next((at for at, net in enumerate(networks) if address in net), len(networks))

    def arrange(cnames: Group, rest: Group, addresses: Group, mxs: Group) -> Group:
        return cnames + sorted(addresses, key=rank) + mxs + rest

    return _arranged(response, OTHER_SECTIONS, arrange)


def weighted(response: Response, weights: Weights, rng: random.Random) -> Response:
    """Return the response with one address drawn by weight in the first one's place.

    An address without a weight has 1. A section becomes CNAME, the rest, addresses, MX.
    """

    def weight(index: int) -> int:
        rr = response.rrs[index]
        owner = names.lower(wire.read_name(response.wire, rr.offset)[0])
        return weights.get(owner, {}).get(_address(response, index), 1)

    def arrange(cnames: Group, rest: Group, addresses: Group, mxs: Group) -> Group:
        if addresses:
            [top] = rng.choices(range(len(addresses)), [weight(index) for index in addresses])
            addresses[0], addresses[top] = addresses[top], addresses[0]
        return cnames + rest + addresses + mxs

    return _arranged(response, OTHER_SECTIONS, arrange)


def _address(response: Response, index: int) -> bytes:
    """Return the RDATA of an A or AAAA record."""
    rr = response.rrs[index]
    return response.wire[rr.ttl_offset + 6 : rr.end]


def _arranged(response: Response, sections: Sequence[int], arrange: Arrange) -> Response:
    """Return the response with each of `sections` in the order that `arrange` gives its groups."""
    order: Group = []
    rrs = response.rrs
    at, end = 0, len(rrs)
    while at < end:
        section, start = rrs[at].section, at
        while at < end and rrs[at].section == section:
            at += 1
        if at - start > 1 and section in sections:
            order += arrange(*_groups(response, start, at))
        else:
            order += range(start, at)
    return response.with_order(order)


def _groups(response: Response, start: int, end: int) -> tuple[Group, Group, Group, Group]:
    """Return indexes of CNAME records, the rest, addresses, and MX records."""
    cnames: Group = []
    rest: Group = []
    addresses: Group = []
    mxs: Group = []
    for index in range(start, end):
        rtype = response.rrs[index].rtype
        if rtype in ADDRESSES:
            addresses.append(index)
        elif rtype == wire.MX:
            mxs.append(index)
        elif rtype == wire.CNAME:
            cnames.append(index)
        else:
            rest.append(index)
    return cnames, rest, addresses, mxs
