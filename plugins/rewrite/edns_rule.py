# SPDX-License-Identifier: Apache-2.0
"""The rules for EDNS options of a query (RFC 6891): local ones, NSID and Client Subnet.

set       puts the option in, in place of one that is there
append    puts it in unless one is there
replace   alters one that is there
unset     takes it out
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence

from plugins.rewrite.rule import Change, Draft, Outcome
from resolver.claims import Claim
from resolver.metadata import is_label
from resolver.request import Edns, Endpoint, Request

NSID, CLIENT_SUBNET = 3, 8
ACTIONS = ("set", "append", "replace", "unset")

Data = Callable[[Request], bytes]
"""Returns the OPTION-DATA for a query."""


class EdnsRule:
    """`edns0 WHICH ACTION ... [revert]`."""

    def __init__(self, action: str, code: int, data: Data, reverts: bool) -> None:
        self._action = action
        self._code = code
        self._data = data
        self._reverts = reverts

    def apply(self, request: Request) -> Outcome | None:
        """Return the request with other options, None where there is nothing to do."""
        edns = request.edns or Edns()
        there = [data for code, data in edns.options if code == self._code]
        needed = {"append": not there, "replace": bool(there), "unset": bool(there)}
        if not needed.get(self._action, True):
            return None
        options = tuple(option for option in edns.options if option[0] != self._code)
        if self._action != "unset":
            options += ((self._code, self._data(request)),)
        changes = (_restoring(self._code, there),) if self._reverts else ()
        return Outcome(request.replace(edns=edns._replace(options=options)), changes)

    def claim(self) -> Claim:
        """Claim queries with the option, or all if it is put in where it is not."""
        if self._action in ("replace", "unset"):
            return Claim(edns_options=frozenset({self._code}))
        return Claim()


def _restoring(code: int, there: Sequence[bytes]) -> Change:
    """Return the change that gives an option of a response the data that the query had."""

    def change(draft: Draft) -> None:
        echoed = any(option[0] == code for option in draft.options)
        kept = [option for option in draft.options if option[0] != code]
        draft.options = [*kept, *((code, data) for data in there if echoed)]

    return change


def edns_rule(words: Sequence[str]) -> EdnsRule:
    """Return the rule that `local|nsid|subnet ACTION ...` stands for. Raises ValueError."""
    if len(words) < 2:
        raise ValueError("too few arguments for an EDNS0 rule")
    which, action, *rest = words
    if action not in ACTIONS:
        raise ValueError(f"invalid action '{action}', expecting {', '.join(ACTIONS)}")
    reverts = bool(rest) and rest[-1] == "revert" and action != "unset"
    rest = rest[:-1] if reverts else rest
    wanted = {"local": 2, "nsid": 0, "subnet": 2}.get(which)
    if wanted is None:
        raise ValueError(f"invalid rule type '{which}', expecting local, nsid or subnet")
    if action == "unset":
        wanted = 1 if which == "local" else 0
    if len(rest) != wanted:
        raise ValueError(f"EDNS0 {which} {action} takes {wanted} arguments, not {len(rest)}")
    code = {"nsid": NSID, "subnet": CLIENT_SUBNET}.get(which)
    if code is None:
        code = _number(rest.pop(0), 65535, 0)
    data: Data = _nothing
    if rest:
        data = _subnet(*rest) if which == "subnet" else _data(rest[0])
    return EdnsRule(action, code, data, reverts)


def _nothing(request: Request) -> bytes:
    return b""


def _number(text: str, most: int, base: int = 10) -> int:
    try:
        number = int(text, base)
    except ValueError:
        raise ValueError(f"invalid number '{text}'") from None
    if not 0 <= number <= most:
        raise ValueError(f"out of range: '{text}'")
    return number


def _port(end: Endpoint) -> bytes:
    return end.port.to_bytes(2, "big")


_VARIABLES: dict[str, Data] = {
    "qname": lambda request: request.name.encode(),
    "qtype": lambda request: request.qtype.to_bytes(2, "big"),
    "client_ip": lambda request: request.client.ip.packed,
    "client_port": lambda request: _port(request.client),
    "protocol": lambda request: request.transport.proto.encode(),
    "server_ip": lambda request: request.local.ip.packed,
    "server_port": lambda request: _port(request.local),
}


def _data(text: str) -> Data:
    """Return data from hexadecimal digits behind 0x, a variable in braces, or any other text."""
    if text.startswith("0x"):
        try:
            octets = bytes.fromhex(text[2:])
        except ValueError:
            raise ValueError(f"invalid hexadecimal data '{text}'") from None
        return lambda request: octets
    if text.startswith("{") and text.endswith("}"):
        name = text[1:-1]
        if name in _VARIABLES:
            return _VARIABLES[name]
        if is_label(name):
            return lambda request: request.labels.get(name, lambda: "")().encode()
        raise ValueError(f"unsupported variable name '{name}'")
    return lambda request: text.encode()


def _subnet(v4: str, v6: str) -> Data:
    """Return the data of Client Subnet (RFC 7871, 6): the client's address, cut to some bits."""
    bits = {4: _number(v4, 32), 6: _number(v6, 128)}

    def data(request: Request) -> bytes:
        ip = request.client.ip
        length = bits[ip.version]
        network = ipaddress.ip_network((ip, length), strict=False).network_address.packed
        family = 1 if ip.version == 4 else 2
        return bytes((0, family, length, 0)) + network[: -(-length // 8)]

    return data
