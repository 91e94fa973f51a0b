# SPDX-License-Identifier: Apache-2.0
"""Set-up of `acl`: all lines of a block make one list of rules."""

import ipaddress

import dns.exception
import dns.rdatatype

from plugins.acl.acl import Acl, Action, LocalClients, Policy, Rule
from plugins.acl.sources import Network, Sources, attached_prefixes
from resolver.corefile.controller import Controller, Line


def setup(controller: Controller) -> None:
    """Add an Acl. In a block with `unbound` it ends in a rule that serves local clients only.

    Raises ConfigurationError for a rule that cannot be read.
    """
    rules: list[Rule] = []
    for directive in controller.directives():
        zones = controller.origins(directive, directive.args)
        rules += (_rule(prop, zones) for prop in directive.properties)
    policy = Policy(tuple(rules))
    if "unbound" in controller.block.directives:
        changed = controller.server.claims_changed  # the plan has the networks in it
        clients = LocalClients(policy, controller.clock, attached_prefixes, changed)
        controller.on_startup(clients.start)
        controller.on_shutdown(clients.stop)
    controller.add_plugin(Acl(policy, controller.metrics))


def _rule(line: Line, zones: tuple[bytes, ...]) -> Rule:
    try:
        action = Action(line.name)
    except ValueError:
        raise line.error(
            f"unexpected token \"{line.name}\"; expect 'allow', 'block', 'filter' or 'drop'"
        ) from None
    words = {"type": list[str](), "net": list[str]()}
    current: list[str] | None = None
    for word in line.args:
        if word in words:
            current = words[word]
        elif current is None:
            raise line.error(f"unexpected token \"{word}\"; expect 'type | net'")
        else:
            current.append(word)
    for kind, given in words.items():
        if kind in line.args and not given:
            what = "legal QTYPE" if kind == "type" else "CIDR notation or *"
            following = line.args[line.args.index(kind) + 1 :]
            token = following[0] if following else kind
            raise line.error(f'unexpected token "{token}"; expect {what}')
    return Rule(zones, action, _qtypes(line, words["type"]), _sources(line, words["net"]))


def _qtypes(line: Line, words: list[str]) -> frozenset[int] | None:
    if "*" in words or not words:
        return None
    found: set[int] = set()
    for word in words:
        try:
            found.add(int(dns.rdatatype.from_text(word)))
        except (dns.exception.DNSException, ValueError):
            raise line.error(f'unexpected token "{word}"; expect legal QTYPE') from None
    return frozenset(found)


def _sources(line: Line, words: list[str]) -> Sources | None:
    if "*" in words or not words:
        return None
    return Sources(_network(line, word) for word in words)


def _network(line: Line, word: str) -> Network:
    try:
        return ipaddress.ip_network(word, strict=False)
    except ValueError:
        raise line.error(f'illegal CIDR notation "{word}"') from None
