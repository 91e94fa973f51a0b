# SPDX-License-Identifier: Apache-2.0
"""Set-up of `bind`: several lines of it are taken together."""

from plugins.bind.bind import Interfaces
from resolver.corefile.controller import Controller, Line


def setup(controller: Controller) -> None:
    """Set where the block listens. Raises ConfigurationError for what is no address."""
    interfaces = Interfaces.of_this_machine()
    found: dict[str, None] = {}
    for directive in controller.directives():
        hosts = _expand(interfaces, directive)
        left_out: set[str] = set()
        for prop in directive.properties:
            if prop.name != "except":
                raise prop.unknown()
            left_out.update(_expand(interfaces, prop))
        found.update((host, None) for host in hosts if host not in left_out)
    controller.block.listen = tuple(found)


def _expand(interfaces: Interfaces, line: Line) -> list[str]:
    if not line.args:
        raise line.error("at least one address or interface name is expected")
    return line.read(lambda _: interfaces.expand(line.args), "")
