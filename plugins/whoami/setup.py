# SPDX-License-Identifier: Apache-2.0
"""Set-up of `whoami`."""

from plugins.whoami.whoami import Whoami
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Add a Whoami. Raises ConfigurationError if the directive has arguments."""
    for directive in controller.directives():
        directive.no_args()
        for prop in directive.properties:
            raise prop.unknown()
    controller.add_plugin(Whoami())
