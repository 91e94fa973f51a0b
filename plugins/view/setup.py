# SPDX-License-Identifier: Apache-2.0
"""Set-up of `view`.

view NAME {
    expr EXPRESSION
}
"""

from plugins.view.view import View
from resolver.corefile.controller import Controller
from resolver.expressions.expression import compile_expression


def setup(controller: Controller) -> None:
    """Add a View, and the filter of its server block."""
    directive, *more = controller.directives()
    if more:
        raise more[0].error("multiple views defined in server block")
    title = directive.only_arg()
    filters = []
    for prop in directive.properties:
        if prop.name != "expr":
            raise prop.unknown()
        if not prop.args:
            raise prop.wrong_arguments()
        filters.append(prop.read(compile_expression, " ".join(prop.args)))
    view = View(title, filters, controller.block)
    controller.block.view = title
    controller.block.admits = view.admits
    controller.block.filters = view.filters
    controller.add_plugin(view)
