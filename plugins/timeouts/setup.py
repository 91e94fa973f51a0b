# SPDX-License-Identifier: Apache-2.0
"""Set-up of `timeouts`: of several lines for one property the last wins."""

from plugins.timeouts.timeouts import queries, timeout_ms
from resolver.corefile.controller import Controller
from resolver.limits import Timeouts


def setup(controller: Controller) -> None:
    """Set the block's time-outs. Raises ConfigurationError for what cannot be read, or nothing."""
    said: dict[str, int] = {}
    for directive in controller.directives():
        directive.no_args()
        if not directive.properties:
            raise directive.error("timeouts block with no timeouts specified")
        for prop in directive.properties:
            match prop.name:
                case "read" | "write" | "idle":
                    said[f"{prop.name}_ms"] = timeout_ms(prop)
                case "maxtcpqueries":
                    said["queries"] = queries(prop)
                case _:
                    raise prop.error(f"unknown option: '{prop.name}'")
    controller.block.timeouts = Timeouts(**said)
