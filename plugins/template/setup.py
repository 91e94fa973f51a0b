# SPDX-License-Identifier: Apache-2.0
"""Set-up of `template`.

template CLASS TYPE [ZONE...] {
    match REGEX...
    var NAME EXPRESSION
    expr EXPRESSION
    answer|additional|authority TEMPLATE
    rcode RCODE
    ederror CODE [TEXT]
    fallthrough [ZONE...]
}
"""

import re

import dns.exception
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from plugins.template.metrics import TemplateMetrics
from plugins.template.rule import EXPRESSION_FUNCTIONS, Rule
from plugins.template.template import Template
from plugins.template.text_template import TextTemplate
from resolver.corefile.controller import Controller, Directive, Line
from resolver.errors import Ede
from resolver.expressions.expression import Expression, compile_expression
from resolver.expressions.lexer import KEYWORDS
from resolver.expressions.parser import PREDICATES
from resolver.patterns import compile_pattern

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def setup(controller: Controller) -> None:
    """Add a Template with the rules of all `template` lines."""
    rules = [_rule(controller, directive) for directive in controller.directives()]
    controller.add_plugin(
        Template(rules, controller.upstream, controller.clock, TemplateMetrics(controller.metrics))
    )


def _rule(controller: Controller, directive: Directive) -> Rule:
    if len(directive.args) < 2:
        raise directive.wrong_arguments()
    qclass, qtype, *zones = directive.args
    rule = Rule(
        directive.read(_class, qclass),
        directive.read(_type, qtype),
        frozenset(controller.origins(directive, zones)),
    )
    for prop in directive.properties:
        _read_property(rule, prop)
    return rule


def _read_property(rule: Rule, prop: Line) -> None:
    match prop.name:
        case "match":
            rule.patterns += [prop.read(compile_pattern, word) for word in _words(prop)]
        case "answer" | "additional" | "authority":
            rule.records[prop.name] += [prop.read(TextTemplate, word) for word in _words(prop)]
        case "var":
            if len(prop.args) < 2:
                raise prop.wrong_arguments()
            name, *words = prop.args
            if not _is_free(name, rule):
                raise prop.error(f"invalid variable name '{name}'")
            rule.variables[name] = _expression(rule, prop, " ".join(words))
        case "expr":
            rule.conditions.append(_expression(rule, prop, " ".join(_words(prop))))
        case "rcode":
            rule.rcode = prop.read(_rcode, prop.only_arg())
        case "ederror":
            if len(prop.args) not in (1, 2):
                raise prop.wrong_arguments()
            code = prop.whole_number(prop.args[0])
            if not 0 <= code <= 65535:
                raise prop.error(f"error code out of range: {code}")
            rule.ede = (Ede(code, "".join(prop.args[1:])),)
        case "fallthrough":
            rule.fallthrough = prop.zones(prop.args or (".",))
        case _:
            raise prop.unknown()


def _words(prop: Line) -> tuple[str, ...]:
    if not prop.args:
        raise prop.wrong_arguments()
    return prop.args


def _expression(rule: Rule, prop: Line, text: str) -> Expression:
    kinds = {name: expression.kind for name, expression in rule.variables.items()}
    return prop.read(lambda word: compile_expression(word, kinds, EXPRESSION_FUNCTIONS), text)


def _is_free(name: str, rule: Rule) -> bool:
    taken = name in KEYWORDS or name in PREDICATES or name in EXPRESSION_FUNCTIONS
    return bool(_VARIABLE.fullmatch(name)) and not taken and name not in rule.variables


def _class(text: str) -> int:
    try:
        return int(dns.rdataclass.from_text(text))
    except dns.exception.DNSException:
        raise ValueError(f"invalid query class {text}") from None


def _type(text: str) -> int:
    try:
        return int(dns.rdatatype.from_text(text))
    except (dns.exception.DNSException, ValueError):
        raise ValueError(f"invalid RR class {text}") from None


def _rcode(text: str) -> int:
    try:
        return int(dns.rcode.from_text(text))
    except (dns.exception.DNSException, ValueError):
        raise ValueError(f"unknown rcode {text}") from None
