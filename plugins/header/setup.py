# SPDX-License-Identifier: Apache-2.0
"""Set-up of `header`: rules for queries and for responses; of several for one bit the last wins."""

from plugins.header.header import BITS, Header
from resolver.corefile.controller import Controller, Line


def setup(controller: Controller) -> None:
    """Add a Header, and say what RA and RD of the block's responses are.

    Raises ConfigurationError for a rule that cannot be read, or if there is none.
    """
    rules: dict[str, dict[str, bool]] = {"query": {}, "response": {}}
    for directive in controller.directives():
        if directive.args or not directive.properties:
            raise directive.wrong_arguments()
        for prop in directive.properties:
            selector = prop.name.lower()
            if selector not in rules:
                raise prop.error(f"invalid selector={selector} should be query or response")
            rules[selector].update(_rules(prop))
    block = controller.block
    block.response_rd = rules["response"].get("rd")
    recursion_available = rules["response"].get("ra")

    async def settle() -> None:
        """Set RA once all plugins are set up: `unbound` sets it as well."""
        if recursion_available is not None:
            block.recursion_available = recursion_available

    controller.on_startup(settle)
    controller.add_plugin(Header(rules["query"], rules["response"]))


def _rules(line: Line) -> dict[str, bool]:
    if not line.args:
        raise line.error("no flag action provided")
    action, *bits = (arg.lower() for arg in line.args)
    if not bits:
        raise line.error("invalid length for flags, at least one should be provided")
    if action not in ("set", "clear"):
        raise line.error(f"unknown flag action={action}, should be set or clear")
    for bit in bits:
        if bit not in BITS:
            raise line.error(f"unknown/unsupported flag={bit}")
    return dict.fromkeys(bits, action == "set")
