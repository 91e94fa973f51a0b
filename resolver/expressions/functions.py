# SPDX-License-Identifier: Apache-2.0
"""The functions of expressions: what they tell of the query, and a few of expr-lang's own."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import dns.rdataclass
import dns.rdatatype

from resolver.expressions.scope import EvaluationError, Function, Kind, Scope, kind_of
from resolver.expressions.tree import Value
from resolver.request import MIN_PAYLOAD_SIZE, Request

BOOL, NUMBER, STRING, ARRAY, ANY = Kind.BOOL, Kind.NUMBER, Kind.STRING, Kind.ARRAY, Kind.ANY

TCP_PAYLOAD_SIZE = 65535


def _of_query(result: Kind, tell: Callable[[Request], Value]) -> Function:
    return Function((), result, lambda scope, args: tell(scope.request))


def _payload_size(request: Request) -> int:
    if not request.transport.is_udp:
        return TCP_PAYLOAD_SIZE
    said = request.edns.payload_size if request.edns is not None else 0
    return max(MIN_PAYLOAD_SIZE, said)


@lru_cache(maxsize=1024)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return a prefix; host bits may be set. Raises ValueError."""
    if "/" not in text:
        raise ValueError(f"invalid CIDR address: {text}")
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"invalid CIDR address: {text}") from None


def _in_prefix(scope: Scope, args: Sequence[Value]) -> bool:
    address, prefix = args
    assert isinstance(address, str) and isinstance(prefix, str)
    ip = ipaddress.ip_address(address.partition("%")[0])
    network = _network(prefix)
    return ip.version == network.version and ip in network


def _check_prefix(literals: Sequence[Value]) -> None:
    if isinstance(literals[1], str):
        _network(literals[1])


def _metadata(scope: Scope, args: Sequence[Value]) -> str:
    tell = scope.request.labels.get(str(args[0]))
    return tell() if tell is not None else ""


def _to_number(scope: Scope, args: Sequence[Value]) -> int:
    value = args[0]
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise EvaluationError("int takes a number or a string")
    return int(value)


def _length(scope: Scope, args: Sequence[Value]) -> int:
    if not isinstance(args[0], (str, tuple)):
        raise EvaluationError("len takes a string or an array")
    return len(args[0])


def _to_string(scope: Scope, args: Sequence[Value]) -> str:
    if kind_of(args[0]) not in (BOOL, NUMBER, STRING):
        raise EvaluationError("string takes no array")
    return str(args[0]).lower() if isinstance(args[0], bool) else str(args[0])


FUNCTIONS: Mapping[str, Function] = {
    "type": _of_query(
        STRING, lambda r: dns.rdatatype.to_text(dns.rdatatype.RdataType.make(r.qtype))
    ),
    "name": _of_query(STRING, lambda r: r.name),
    "class": _of_query(
        STRING, lambda r: dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(r.qclass))
    ),
    "proto": _of_query(STRING, lambda r: r.transport.proto),
    "client_ip": _of_query(STRING, lambda r: str(r.client.ip)),
    "port": _of_query(STRING, lambda r: str(r.client.port)),
    "server_ip": _of_query(STRING, lambda r: str(r.local.ip)),
    "server_port": _of_query(STRING, lambda r: str(r.local.port)),
    "size": _of_query(NUMBER, lambda r: r.size),
    "id": _of_query(NUMBER, lambda r: r.id),
    "opcode": _of_query(NUMBER, lambda r: r.wire[2] >> 3 & 15),
    "do": _of_query(BOOL, lambda r: r.do),
    "bufsize": _of_query(NUMBER, _payload_size),
    "incidr": Function((STRING, STRING), BOOL, _in_prefix, _check_prefix),
    "metadata": Function((STRING,), STRING, _metadata),
    "len": Function((ANY,), NUMBER, _length),
    "lower": Function((STRING,), STRING, lambda scope, args: str(args[0]).lower()),
    "upper": Function((STRING,), STRING, lambda scope, args: str(args[0]).upper()),
    "trim": Function((STRING,), STRING, lambda scope, args: str(args[0]).strip()),
    "int": Function((ANY,), NUMBER, _to_number),
    "string": Function((ANY,), STRING, _to_string),
    "split": Function(
        (STRING, STRING), ARRAY, lambda scope, args: tuple(str(args[0]).split(str(args[1])))
    ),
}
