# SPDX-License-Identifier: Apache-2.0
"""What libunbound says, on its way to our log and to clients: nobody's control characters."""

import logging
import re

MAX_WHY_OCTETS = 256

_LINE = re.compile(
    r"^.*?libunbound\[[^\]]*\] (?P<level>(fatal )?error|warning|notice|info|debug): (?P<text>.*)$"
)
_LEVELS = {
    "fatal error": logging.CRITICAL,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "notice": logging.INFO,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


def parse_log_line(line: bytes) -> tuple[int, str]:
    """Return the level and the text of one line of libunbound's log.

    Its time, name and thread number are left out, and what is not printable (it may quote octets
    from the network) is shown as `?`. A line of another form is kept whole, as INFO.
    """
    text = printable(line)
    match = _LINE.match(text)
    return (_LEVELS[match["level"]], match["text"]) if match else (logging.INFO, text)


def printable(octets: bytes) -> str:
    """Return the octets as text; what is no UTF-8 or not printable is a `?`."""
    text = octets.decode("utf-8", "replace")
    return "".join(char if char.isprintable() and char != "\ufffd" else "?" for char in text)


def reason(octets: bytes) -> str:
    """Return the beginning of what is said of bogus data; what is not plain ASCII is a `?`.

    libunbound writes such octets of names as `?` itself.
    """
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else "?" for octet in octets[:MAX_WHY_OCTETS])
