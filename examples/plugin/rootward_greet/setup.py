# SPDX-License-Identifier: Apache-2.0
"""Set-up of `greet`."""

from resolver.corefile.controller import Controller
from rootward_greet.greet import MAX_TEXT_OCTETS, Greet

before = "cache"

TTL_S = 60
MAX_TTL_S = 86400


def setup(controller: Controller) -> None:
    """Add a Greet. Raises ConfigurationError for a text that is too long, or no TTL."""
    directive = controller.once()
    text = directive.only_arg().encode()
    if len(text) > MAX_TEXT_OCTETS:
        raise directive.error(f"text over {MAX_TEXT_OCTETS} octets: {len(text)}")
    ttl_s = TTL_S
    for prop in directive.properties:
        match prop.name:
            case "ttl":
                ttl_s = prop.whole_number()
                if not 0 <= ttl_s <= MAX_TTL_S:
                    raise prop.error(f"ttl must be in range [0, {MAX_TTL_S}]: {ttl_s}")
            case _:
                raise prop.unknown()
    controller.add_plugin(Greet(text, ttl_s, controller.metrics))
