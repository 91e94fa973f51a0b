# SPDX-License-Identifier: Apache-2.0
"""Claims in words, for `rootward chain`."""

from collections.abc import Callable, Set
from typing import TypeVar

import dns.rdataclass
import dns.rdatatype

from resolver import names
from resolver.claims import Claim, Claims

_T = TypeVar("_T")

MAX_SHOWN = 4  # members of a set that are named; of more, their number is


def claims_in_words(claims: Claims) -> str:
    """Return which questions `claims` match, such as `claims type ANY`."""
    parts = [_claim(claim) for claim in claims]
    if not parts:
        return "claims nothing"
    return f"claims {'everything' if '' in parts else '; or '.join(parts)}"


def _claim(claim: Claim) -> str:
    """Return the conditions of a claim; an empty text if there is none."""
    parts: list[str] = []
    if claim.names is not None:
        parts.append(_set(claim.names, "name", "names", names.to_text))
    if claim.zones is not None:
        parts.append(f"at or below {_set(claim.zones, '', 'zones', names.to_text)}".strip())
    if claim.first_labels is not None:
        parts.append(_set(claim.first_labels, "first label", "first labels", _label))
    if claim.qtypes is not None:
        parts.append(_set(claim.qtypes, "type", "types", _type))
    if claim.qclasses is not None:
        parts.append(_set(claim.qclasses, "class", "classes", _class))
    if claim.edns_options is not None:
        parts.append(f"with {_set(claim.edns_options, 'EDNS option', 'EDNS options', str)}")
    if claim.transports is not None:
        shown = sorted(transport.value for transport in claim.transports)
        parts.append(f"over {' or '.join(shown) or 'no transport'}")
    return ", ".join(parts)


def _set(members: Set[_T], one: str, many: str, shown: Callable[[_T], str]) -> str:
    if len(members) > MAX_SHOWN:
        return f"one of {len(members)} {many}"
    words = sorted(shown(member) for member in members)
    return f"{one} {' or '.join(words) or '(none)'}".strip()


def _label(label: bytes) -> str:
    return names.to_text(bytes((len(label),)) + label + names.ROOT).removesuffix(".")


def _type(number: int) -> str:
    return dns.rdatatype.to_text(dns.rdatatype.RdataType(number))


def _class(number: int) -> str:
    return dns.rdataclass.to_text(dns.rdataclass.RdataClass(number))
