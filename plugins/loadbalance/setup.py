# SPDX-License-Identifier: Apache-2.0
"""Set-up of `loadbalance`."""

import ipaddress
import random

from plugins.loadbalance.loadbalance import LoadBalance, Policy
from plugins.loadbalance.rules import Network
from plugins.loadbalance.weights import WeightFile
from resolver.corefile.controller import Controller, Directive, Line
from resolver.corefile.values import duration_ms

DEFAULT_RELOAD_MS = 30_000


def setup(controller: Controller) -> None:
    """Add a LoadBalance; the last line of several counts.

    Raises ConfigurationError for an unknown policy or property, or a wrong value.
    """
    policy, file = Policy(), None
    for directive in controller.directives():
        word, *more = directive.args or ("round_robin",)
        if word == "round_robin":
            if more:
                raise directive.error("unknown property for round_robin")
            policy, file = _round_robin(directive), None
        elif word == "weighted":
            policy = Policy(weights={})
            file = _weighted(controller, directive, more, policy)
        else:
            raise directive.error(f"unknown policy: {word}")
    if file is not None:
        controller.on_startup(file.start)
        controller.on_shutdown(file.stop)
    # The order of records is no secret: a seeded generator spares a system call a record.
    rng = random.Random(controller.rng.getrandbits(64))
    controller.add_plugin(LoadBalance(policy, rng))


def _round_robin(directive: Directive) -> Policy:
    networks: list[Network] = []
    for prop in directive.properties:
        if prop.name != "prefer":
            raise prop.unknown()
        if not prop.args:
            raise prop.wrong_arguments()
        networks += (_network(prop, word) for word in prop.args)
    return Policy(prefer=tuple(networks))


def _network(prop: Line, word: str) -> Network:
    if "/" not in word:
        raise prop.error(f'invalid CIDR "{word}": invalid CIDR address: {word}')
    try:
        return ipaddress.ip_network(word, strict=False)
    except ValueError as error:
        raise prop.error(f'invalid CIDR "{word}": {error}') from None


def _weighted(
    controller: Controller, directive: Directive, words: list[str], policy: Policy
) -> WeightFile:
    if not words:
        raise directive.error("missing weight file argument")
    if len(words) > 1:
        raise directive.error("unexpected argument(s)")
    reload_ms = DEFAULT_RELOAD_MS
    for prop in directive.properties:
        if prop.name != "reload":
            raise prop.unknown()
        if not prop.args:
            raise prop.error("reload duration value is missing")
        if len(prop.args) > 1:
            raise prop.error("unexpected argument(s)")
        reload_ms = _reload_ms(prop)
    return WeightFile(controller.path(words[0]), reload_ms, policy, controller.clock)


def _reload_ms(prop: Line) -> int:
    try:
        reload_ms = duration_ms(prop.args[0])
    except ValueError:
        reload_ms = -1
    if reload_ms < 0:
        raise prop.error(f"invalid reload duration '{prop.args[0]}'")
    return reload_ms
