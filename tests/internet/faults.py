# SPDX-License-Identifier: Apache-2.0
"""What is done to a zone after it was signed, so that it is wrong in one way only."""

from collections.abc import Callable

import dns.name
import dns.node
import dns.rdata
import dns.rdataset
import dns.rdatatype
import dns.rdtypes.ANY.RRSIG
import dns.zone

from tests.internet.plan import Fault

_SIGNATURES = (dns.rdatatype.RRSIG,)
_KEYS = (dns.rdatatype.DNSKEY,)
_ADDRESSES = (dns.rdatatype.A,)
_FORGED = "192.0.2.66"
_DAY_S = 86400


def apply_fault(zone: dns.zone.Zone, fault: Fault) -> None:
    """Change a signed zone; faults of keys, times and DS were made with the signatures."""
    match fault:
        case Fault.MISSING_RRSIG:
            for label in ("www", "txt"):
                for rdataset in list(_node(zone, label).rdatasets):
                    if rdataset.rdtype == dns.rdatatype.RRSIG:
                        _node(zone, label).rdatasets.remove(rdataset)
        case Fault.MISSING_DNSKEY:
            apex = zone.nodes[_origin(zone)]
            apex.delete_rdataset(zone.rdclass, dns.rdatatype.DNSKEY)
            apex.delete_rdataset(zone.rdclass, dns.rdatatype.RRSIG, dns.rdatatype.DNSKEY)
        case Fault.BROKEN_SIGNATURE:
            _change(_node(zone, "www"), _SIGNATURES, _break)
        case Fault.MANY_SIGNATURES:
            for rdataset in list(_node(zone, "www").rdatasets):
                if rdataset.rdtype == dns.rdatatype.RRSIG:
                    wrong = [_break(rdata, n) for rdata in rdataset for n in range(1, 101)]
                    replaced = dns.rdataset.from_rdata_list(rdataset.ttl, wrong)
                    _node(zone, "www").replace_rdataset(replaced)
        case Fault.WRONG_DATA:
            _change(_node(zone, "www"), _ADDRESSES, lambda rdata: rdata.replace(address=_FORGED))
        case Fault.MISSING_NSEC:
            for node in zone.nodes.values():
                node.delete_rdataset(zone.rdclass, dns.rdatatype.NSEC)
                node.delete_rdataset(zone.rdclass, dns.rdatatype.RRSIG, dns.rdatatype.NSEC)
        case Fault.UNKNOWN_ALGORITHM:
            for node in zone.nodes.values():
                _change(node, _SIGNATURES + _KEYS, lambda rdata: rdata.replace(algorithm=200))
        case Fault.TTL_ABOVE_ORIGINAL:
            for rdataset in _node(zone, "www").rdatasets:
                rdataset.ttl = _DAY_S


def _origin(zone: dns.zone.Zone) -> dns.name.Name:
    if zone.origin is None:
        raise ValueError("a zone without a name")
    return zone.origin


def _node(zone: dns.zone.Zone, label: str) -> dns.node.Node:
    return zone.nodes[dns.name.from_text(label, _origin(zone))]


def _change(
    node: dns.node.Node,
    rdtypes: tuple[dns.rdatatype.RdataType, ...],
    change: Callable[[dns.rdata.Rdata], dns.rdata.Rdata],
) -> None:
    """Put another RR in the place of each RR of these types."""
    for rdataset in list(node.rdatasets):
        if rdataset.rdtype in rdtypes:
            changed = [change(rdata) for rdata in rdataset]
            node.replace_rdataset(dns.rdataset.from_rdata_list(rdataset.ttl, changed))


def _break(rdata: dns.rdata.Rdata, how: int = 1) -> dns.rdata.Rdata:
    """Return an RRSIG with another last octet; `how` (1-255) tells several wrong ones apart."""
    if not isinstance(rdata, dns.rdtypes.ANY.RRSIG.RRSIG):
        raise TypeError("not a signature")
    signature = bytearray(rdata.signature)
    signature[-1] ^= how
    return rdata.replace(signature=bytes(signature))
