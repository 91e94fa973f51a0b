# SPDX-License-Identifier: Apache-2.0
"""What `bufsize` says: our UDP payload size, in octets (RFC 6891, 6.2.3)."""

from resolver.corefile.controller import Line
from resolver.request import DEFAULT_PAYLOAD_SIZE, MIN_PAYLOAD_SIZE

MAX_PAYLOAD_SIZE = 4096  # RFC 6891, 6.2.5


def payload_size(line: Line) -> int:
    """Return the size that a line says: 1232 without arguments.

    Raises ConfigurationError unless it is between 512 and 4096.
    """
    if not line.args:
        return DEFAULT_PAYLOAD_SIZE
    size = line.whole_number()
    if not MIN_PAYLOAD_SIZE <= size <= MAX_PAYLOAD_SIZE:
        raise line.wrong_arguments()
    return size
