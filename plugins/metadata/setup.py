# SPDX-License-Identifier: Apache-2.0
"""Set-up of `metadata`."""

import logging

from plugins.metadata.metadata import Metadata
from resolver.corefile.controller import Controller


def setup(controller: Controller) -> None:
    """Add a Metadata. Raises ConfigurationError for a name that is none, and for braces."""
    directive = controller.once()
    for prop in directive.properties:
        raise prop.unknown()
    if directive.has_braces:
        raise directive.error("no properties are known, so no braces either")
    zones = controller.origins(directive, directive.args)
    logger = logging.getLogger("plugin/metadata")
    controller.add_plugin(Metadata(zones, controller.block, logger))
