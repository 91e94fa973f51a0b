# SPDX-License-Identifier: Apache-2.0
"""Names of the reverse zones, and the addresses that they stand for (RFC 1035, 3.5; RFC 3596)."""

from resolver import names

_V4 = names.from_text("in-addr.arpa.")
_V6 = names.from_text("ip6.arpa.")
_V6_OCTETS = 64 + len(_V6)
_NIBBLES = b"0123456789abcdef"


def is_reverse(name: bytes) -> bool:
    """Return whether a name lies in one of the reverse zones."""
    return name.endswith(b"\x04arpa\x00") and (
        names.is_below(name, _V4) or names.is_below(name, _V6)
    )


def address_of(name: bytes) -> bytes | None:
    """Return the address that a name of a reverse zone stands for, 4 or 16 octets.

    None for all other names, those of prefixes among them.
    """
    if name.endswith(_V4):
        labels = list(names.labels(name))[:-2]
        if len(labels) != 4 or not all(_is_octet(label) for label in labels):
            return None
        return bytes(int(label) for label in reversed(labels))
    if len(name) == _V6_OCTETS and name.endswith(_V6):
        nibbles = name[63::-2] if set(name[0:64:2]) == {1} else b""
        if nibbles and all(nibble in _NIBBLES for nibble in nibbles):
            return bytes.fromhex(nibbles.decode())
    return None


def _is_octet(label: bytes) -> bool:
    return label.isdigit() and len(label) <= 3 and int(label) < 256 and label == b"%d" % int(label)


def name_of(address: bytes) -> bytes:
    """Return the name of the reverse zone that stands for an address of 4 or 16 octets."""
    if len(address) == 4:
        parts = (b"%d" % octet for octet in reversed(address))
        return b"".join(bytes([len(part)]) + part for part in parts) + _V4
    return b"".join(b"\x01%c" % nibble for nibble in reversed(address.hex().encode())) + _V6
