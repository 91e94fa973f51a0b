# SPDX-License-Identifier: Apache-2.0
"""Set-up of `log`."""

import logging

from plugins.log.lines import COMMON, compile_format, compile_program, needs_labels
from plugins.log.log import Log, Rule
from plugins.log.objects import JSON_PROGRAM, as_json
from resolver import names
from resolver.classify import Class
from resolver.corefile.controller import Controller, Directive

_CLASSES = {word.value: word for word in Class}


def setup(controller: Controller) -> None:
    """Add a Log. Raises ConfigurationError for an unknown property or class."""
    rules: list[Rule] = []
    for directive in controller.directives():
        rules += _rules(directive)
    # Query lines carry no plugin's name, as in CoreDNS
    logger = logging.getLogger("log")
    controller.add_plugin(Log(rules, controller.block, controller.clock, logger))


def _rules(directive: Directive) -> list[Rule]:
    words = list(directive.args)
    text = words.pop() if len(words) > 1 and "{" in words[-1] else COMMON
    is_json = False
    classes: set[Class] = set()
    everything = False
    for prop in directive.properties:
        match prop.name:
            case "class":
                if not prop.args:
                    raise prop.wrong_arguments()
                for word in prop.args:
                    if word == "all":
                        everything = True
                    elif word in _CLASSES:
                        classes.add(_CLASSES[word])
                    else:
                        raise prop.error(f"invalid Class: {word}")
            case "format":
                if prop.only_arg() != "json":
                    raise prop.error(f"unknown format '{prop.args[0]}': only json is known")
                is_json = True
            case _:
                raise prop.unknown()
    wanted = frozenset(classes) if classes and not everything else None
    zones = directive.zones(words) or (names.ROOT,)
    if is_json:
        return [Rule(zone, as_json, wanted, program=JSON_PROGRAM) for zone in zones]
    line, program, labels = compile_format(text), compile_program(text), needs_labels(text)
    return [Rule(zone, line, wanted, labels, program) for zone in zones]
