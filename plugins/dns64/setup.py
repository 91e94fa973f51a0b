# SPDX-License-Identifier: Apache-2.0
"""Set-up of `dns64`."""

import ipaddress
from dataclasses import replace

from plugins.dns64.dns64 import Dns64, Policy
from resolver.corefile.controller import Controller, Line

MIN_BITS, MAX_BITS = 32, 96


def setup(controller: Controller) -> None:
    """Add a Dns64. Raises ConfigurationError for a prefix that addresses cannot be put under."""
    directive = controller.once()
    policy = Policy()
    if len(directive.args) > 1:
        raise directive.wrong_arguments()
    if directive.args:
        policy = replace(policy, prefix=_prefix(directive, directive.args[0]))
    for prop in directive.properties:
        match prop.name:
            case "prefix":
                policy = replace(policy, prefix=_prefix(prop, prop.only_arg()))
            case "translate_all":
                prop.no_args()
                policy = replace(policy, translate_all=True)
            case "allow_ipv4":
                prop.no_args()
                policy = replace(policy, allow_ipv4=True)
            case _:
                raise prop.unknown()
    controller.add_plugin(Dns64(policy, controller.upstream, controller.metrics))


def _prefix(line: Line, word: str) -> ipaddress.IPv6Network:
    try:
        prefix = ipaddress.ip_network(word, strict=False)
    except ValueError:
        raise line.error(f"invalid CIDR address: {word}") from None
    if not isinstance(prefix, ipaddress.IPv6Network) or "/" not in word:
        raise line.error(f"invalid prefix {word}: it must be an IPv6 prefix")
    if not MIN_BITS <= prefix.prefixlen <= MAX_BITS or prefix.prefixlen % 8:
        raise line.error(
            f"invalid prefix length {prefix.prefixlen}: it must be {MIN_BITS} to {MAX_BITS}"
            " and a multiple of 8"
        )
    return prefix
