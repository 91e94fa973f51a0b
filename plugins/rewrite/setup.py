# SPDX-License-Identifier: Apache-2.0
"""Set-up of `rewrite`.

rewrite [continue|stop] FIELD ...
rewrite [continue|stop] {
    name [KIND] FROM TO
    answer name|value FROM TO
}
"""

from collections.abc import Sequence

from plugins.rewrite.edns_rule import edns_rule
from plugins.rewrite.matching import KINDS, matcher, rewriter
from plugins.rewrite.name_rule import name_rule
from plugins.rewrite.question_rules import ClassRule, TypeRule
from plugins.rewrite.response_rules import CnameRule, RcodeRule, TtlRule
from plugins.rewrite.rewrite import Rewrite, Step
from plugins.rewrite.rule import Rule
from resolver.corefile.controller import Controller, Directive
from resolver.errors import DomainNameError


def setup(controller: Controller) -> None:
    """Add a Rewrite with the rules of all `rewrite` lines."""
    steps: list[Step] = []
    for directive in controller.directives():
        words = _words(directive)
        continues = words[0] == "continue"
        if words[0] in ("continue", "stop"):
            words = words[1:]
        try:
            rule = _rule(words)
        except (ValueError, DomainNameError) as error:
            raise directive.error(str(error)) from None
        if isinstance(rule, ClassRule):
            controller.block.qclasses.add(rule.old)
        steps.append(Step(rule, continues))
    controller.add_plugin(Rewrite(steps, controller.upstream, controller.clock))


def _words(directive: Directive) -> tuple[str, ...]:
    """Return the words of a rule, whether it stands on one line or in braces."""
    words = directive.args
    if directive.properties:
        first, *more = directive.properties
        if first.name != "name":
            raise first.error("rewrite with braces must begin with a name rule")
        words += (first.name, *first.args)
        for prop in more:
            if len(prop.args) - (prop.name == "answer") != 2:
                raise prop.error(f"{prop.name}: 2 arguments required")
            words += (prop.name, *prop.args)
    if not words or words in (("stop",), ("continue",)):
        raise directive.error("no rule type specified for rewrite")
    return words


def _rule(words: Sequence[str]) -> Rule:
    """Return the rule that words stand for. Raises ValueError or DomainNameError."""
    field, *args = words
    match field:
        case "name":
            if len(args) > 2 and args[0] in KINDS:
                kind, old, new, *rest = _with_kind(args, 2, exact=False)
                return name_rule(kind, old, new, rest)
            old, new = _exactly(args, 2)
            return name_rule("exact", old, new, [])
        case "type":
            return TypeRule(*_exactly(args, 2))
        case "class":
            return ClassRule(*_exactly(args, 2))
        case "ttl":
            kind, name, ttl = _with_kind(args, 2)
            return TtlRule(matcher(kind, name), ttl)
        case "rcode":
            kind, name, old, new = _with_kind(args, 3)
            return RcodeRule(matcher(kind, name), old, new)
        case "cname":
            return CnameRule(rewriter(*_with_kind(args, 2)))
        case "edns0":
            return edns_rule(args)
    raise ValueError(f"invalid rule type '{field}'")


def _exactly(words: Sequence[str], count: int) -> Sequence[str]:
    if len(words) != count:
        raise ValueError(f"{count} arguments required, not {len(words)}")
    return words


def _with_kind(words: Sequence[str], count: int, *, exact: bool = True) -> Sequence[str]:
    """Return a kind and `count` words (or more, unless `exact`)."""
    if len(words) == count:
        return ["exact", *words]
    if len(words) > count and words[0] in KINDS and (not exact or len(words) == count + 1):
        return words
    raise ValueError(f"{count} arguments required behind one of {', '.join(KINDS)}")
