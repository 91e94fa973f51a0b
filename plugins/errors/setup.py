# SPDX-License-Identifier: Apache-2.0
"""Set-up of `errors`."""

import logging

from plugins.errors.consolidate import Pattern
from plugins.errors.errors import Errors
from resolver.corefile.controller import Controller, Line
from resolver.patterns import compile_pattern

LEVELS = {
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


def setup(controller: Controller) -> None:
    """Add an Errors. Raises ConfigurationError for anything that it does not know."""
    directive = controller.once()
    match directive.args:
        case () | ("stdout",):
            pass
        case (word,):
            raise directive.error(f"invalid log file: {word}")
        case _:
            raise directive.wrong_arguments()
    logger = logging.getLogger("plugin/errors")
    patterns: list[Pattern] = []
    for prop in directive.properties:
        match prop.name:
            case "stacktrace":
                prop.no_args()
                controller.block.debug = True
            case "consolidate":
                patterns.append(_pattern(controller, prop, logger))
            case _:
                raise prop.unknown()
    handler = Errors(patterns, logger)
    controller.on_shutdown(handler.flush)
    controller.add_plugin(handler)


def _pattern(controller: Controller, prop: Line, logger: logging.Logger) -> Pattern:
    if len(prop.args) < 2:
        raise prop.wrong_arguments()
    period, text, *options = prop.args
    period_ms = prop.duration_ms(period)
    if period_ms <= 0:
        raise prop.error(f"invalid duration: {period}")
    level, show_first = logging.ERROR, False
    if options and options[0] in LEVELS:
        level = LEVELS[options.pop(0)]
    if options and options[0] == "show_first":
        show_first = True
        options.pop(0)
    if options:
        if options[0] in LEVELS:
            raise prop.error(f"unexpected log level '{options[0]}': it stands before show_first")
        raise prop.error(f"unexpected argument '{options[0]}'")
    return Pattern(
        prop.read(compile_pattern, text),
        period_ms,
        period,
        level,
        show_first,
        controller.clock,
        logger,
    )
