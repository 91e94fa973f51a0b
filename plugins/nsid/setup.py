# SPDX-License-Identifier: Apache-2.0
"""Set-up of `nsid`: the token is the arguments, or the host's name."""

import socket

from plugins.nsid.nsid import Nsid
from resolver.corefile.controller import Controller

MAX_TOKEN_OCTETS = 256  # beyond, a response would have no room left for its answer


def setup(controller: Controller) -> None:
    """Add an Nsid. Raises ConfigurationError for a property, a second line or a long token."""
    directive = controller.once()
    for prop in directive.properties:
        raise prop.unknown()
    token = (" ".join(directive.args) or socket.gethostname()).encode()
    if len(token) > MAX_TOKEN_OCTETS:
        raise directive.error(f"token over {MAX_TOKEN_OCTETS} octets")
    controller.add_plugin(Nsid(token))
