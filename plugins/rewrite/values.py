# SPDX-License-Identifier: Apache-2.0
"""Names in records: of their owners, and in their RDATA."""

from plugins.rewrite.matching import Rewriter
from plugins.rewrite.rule import Change, Draft
from resolver import names, wire
from resolver.wire import Record

NAPTR = 35

# Octets ahead of the name that is rewritten.
_AHEAD = {wire.NS: 0, wire.CNAME: 0, wire.DNAME: 0, wire.SOA: 0, wire.MX: 2, wire.SRV: 6}


def rewritten(name: bytes, rewriter: Rewriter) -> bytes:
    """Return what becomes of a name in wire form. Raises DomainNameError if it is none then."""
    text = rewriter(names.to_text(names.lower(name)))
    return name if text is None else names.from_text(text)


def owners(rewriter: Rewriter) -> Change:
    """Return the change of owner names."""

    def change(draft: Draft) -> None:
        draft.records = [r._replace(owner=rewritten(r.owner, rewriter)) for r in draft.records]

    return change


def targets(rewriter: Rewriter) -> Change:
    """Return the change of names in RDATA: of NS, CNAME, DNAME, SOA (MNAME), MX, SRV, NAPTR."""

    def change(draft: Draft) -> None:
        draft.records = [_with_target(record, rewriter) for record in draft.records]

    return change


def _with_target(record: Record, rewriter: Rewriter) -> Record:
    if not record.rdata:
        return record
    at = _AHEAD.get(record.rtype)
    if record.rtype == NAPTR:
        at = 4
        for _ in range(3):  # FLAGS, SERVICES, REGEXP
            at += 1 + record.rdata[at]
    if at is None:
        return record
    name, end = wire.read_name(record.rdata, at)
    rdata = record.rdata[:at] + rewritten(name, rewriter) + record.rdata[end:]
    return record._replace(rdata=rdata)
