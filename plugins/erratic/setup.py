# SPDX-License-Identifier: Apache-2.0
"""Set-up of `erratic`: every second query is dropped, unless its properties say otherwise."""

from plugins.erratic.erratic import Erratic, Every
from resolver.corefile.controller import Controller, Line

DEFAULT_AMOUNT = 2
DEFAULT_DELAY_MS = 100


def setup(controller: Controller) -> None:
    """Add an Erratic. Raises ConfigurationError for what cannot be read."""
    drop = truncate = delay = 0
    delay_ms, large, is_bare = DEFAULT_DELAY_MS, False, True
    for directive in controller.directives():
        directive.no_args()
        for prop in directive.properties:
            is_bare = False
            match prop.name:
                case "drop":
                    drop = _amount(prop, 1)
                case "truncate":
                    truncate = _amount(prop, 1)
                case "delay":
                    delay = _amount(prop, 2)
                    if len(prop.args) == 2:
                        delay_ms = prop.duration_ms(prop.args[1])
                        if delay_ms < 0:
                            raise prop.error(f"illegal duration '{prop.args[1]}' given")
                case "large":
                    prop.no_args()
                    large = True
                case _:
                    raise prop.unknown()
    if is_bare:
        drop = DEFAULT_AMOUNT
    every = Every(drop, truncate, delay, delay_ms, large)
    controller.add_plugin(Erratic(every, controller.clock))


def _amount(line: Line, most_args: int) -> int:
    """Return the amount that stands first, 2 if nothing does."""
    if len(line.args) > most_args:
        raise line.wrong_arguments()
    if not line.args:
        return DEFAULT_AMOUNT
    amount = line.whole_number(line.args[0])
    if amount < 0:
        raise line.error(f'illegal amount value given "{line.args[0]}"')
    return amount
