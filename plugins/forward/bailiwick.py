# SPDX-License-Identifier: Apache-2.0
"""Bailiwick: which records of an upstream's reply belong to the answer.

A forwarder is asked one question, and is believed for that question alone. What it adds about
other names (a forged A of a bank beside the house's printer, a name server for a whole TLD) goes
no further: not to the client, not to the cache.

1. Answer: from the QNAME along CNAME and DNAME records; nothing that is not reached.
2. Authority: denials (SOA of a zone that a reached name is in, with its NSEC and NSEC3), proofs of
   wildcards, and a referral to a zone below one that is forwarded.
3. Additional: addresses of names that kept records point at, within the forwarded zones.
"""

from collections.abc import Iterable, Sequence

from resolver import names, wire
from resolver.errors import WireError
from resolver.wire import Record

_ANY_CLASS = 255
_PROOFS = frozenset({wire.NSEC, wire.NSEC3})
_SIGNER = 18  # where the Signer's Name stands in the RDATA of an RRSIG (RFC 4034, 3.1)
_ADDRESSES = frozenset({wire.A, wire.AAAA})
# Where in RDATA the name stands whose address a client needs next.
_TARGETS = {wire.NS: 0, wire.MX: 2, wire.SRV: 6, wire.SVCB: 2, wire.HTTPS: 2}


def believed(
    records: Sequence[Record], qname: bytes, qtype: int, qclass: int, zones: Sequence[bytes]
) -> list[Record]:
    """Return the records of a reply that are kept, in their order.

    `zones` are those that are forwarded to who sent it.
    """
    ours = [record for record in records if qclass in (record.rclass, _ANY_CLASS)]
    answer = [record for record in ours if record.section == wire.ANSWER]
    reached = _reached(answer, qname, qtype)
    wanted = {qtype, wire.CNAME, wire.DNAME, wire.RRSIG}
    answer = [
        record
        for record in answer
        if names.lower(record.owner) in reached and (qtype == wire.ANY or record.rtype in wanted)
    ]
    in_authority = [record for record in ours if record.section == wire.AUTHORITY]
    is_answer = any(record.rtype in (qtype, wire.CNAME) or qtype == wire.ANY for record in answer)
    authority = _authority(in_authority, reached, zones, _signers(answer), is_answer)
    targets = {target for record in (*answer, *authority) for target in _target(record)}
    additional = [
        record
        for record in ours
        if record.section == wire.ADDITIONAL
        and _type(record) in _ADDRESSES
        and names.lower(record.owner) in targets
        and names.longest_match(names.lower(record.owner), zones) is not None
    ]
    return [*answer, *authority, *additional]


def _reached(answer: Iterable[Record], qname: bytes, qtype: int) -> set[bytes]:
    """Return QNAME, all names that it is an alias of, and the owners of the DNAMEs on the way."""
    aliases: dict[bytes, bytes] = {}
    subtrees: dict[bytes, bytes] = {}
    for record in answer:
        if record.rtype == wire.CNAME:
            aliases.setdefault(names.lower(record.owner), names.lower(record.rdata))
        elif record.rtype == wire.DNAME:
            subtrees.setdefault(names.lower(record.owner), names.lower(record.rdata))
    reached = {qname}
    name = qname
    while True:
        upper = names.longest_match(names.parent(name), subtrees) if name != names.ROOT else None
        if upper is not None:
            reached.add(upper)
            head = name[: len(name) - len(upper)]
            target: bytes | None = head + subtrees[upper]
            if len(head + subtrees[upper]) > names.MAX_NAME_OCTETS:
                target = None
        else:
            target = aliases.get(name) if qtype != wire.CNAME else None
        if target is None or target in reached:
            return reached
        reached.add(target)
        name = target


def _authority(
    authority: Sequence[Record],
    reached: set[bytes],
    zones: Sequence[bytes],
    signers: set[bytes],
    is_answer: bool,
) -> list[Record]:
    def is_above(owner: bytes) -> bool:
        return any(names.is_below(name, owner) for name in reached)

    denying = {
        names.lower(record.owner)
        for record in authority
        if record.rtype == wire.SOA and is_above(names.lower(record.owner))
    }
    proving = denying | signers
    kept: list[Record] = []
    for record in authority:
        owner, rtype = names.lower(record.owner), _type(record)
        if rtype in _PROOFS:
            is_kept = names.longest_match(owner, proving) is not None
        elif rtype == wire.SOA:
            is_kept = owner in denying
        elif rtype in (wire.NS, wire.DS):
            within = names.longest_match(owner, zones) is not None
            is_kept = not is_answer and not denying and within and is_above(owner)
        else:
            is_kept = False
        if is_kept:
            kept.append(record)
    return kept


def _signers(answer: Iterable[Record]) -> set[bytes]:
    """Return the zones that say to have signed the answer: proofs of wildcards are of these."""
    found: set[bytes] = set()
    for record in answer:
        if record.rtype != wire.RRSIG or len(record.rdata) <= _SIGNER:
            continue
        try:
            signer = names.lower(wire.read_name(record.rdata, _SIGNER)[0])
        except WireError:
            continue
        if names.is_below(names.lower(record.owner), signer):
            found.add(signer)
    return found


def _type(record: Record) -> int:
    """Return a record's type, for an RRSIG the one that it covers."""
    return wire.covered_type(record.rdata) if record.rtype == wire.RRSIG else record.rtype


def _target(record: Record) -> Iterable[bytes]:
    at = _TARGETS.get(record.rtype)
    if at is not None:
        try:
            yield names.lower(wire.read_name(record.rdata, at)[0])
        except WireError:  # it is no name that could have an address
            return
