# SPDX-License-Identifier: Apache-2.0
"""Special-use names and private reverse zones: what is answered here and never asked of the root.

Each is an empty zone of its own with SOA and NS in the form of RFC 6303, 3, but for the few that
have data. AA, which libunbound sets on them, is cleared on the way out. DS at the name of such a
zone is the parent's (RFC 4035, 3.1.4.1) and is asked for: who validates behind us needs the proof
that there is none (RFC 8375, 4).
"""

from dataclasses import dataclass

from resolver import names

TTL_S = 10800


@dataclass(frozen=True, slots=True)
class SpecialName:
    """A zone that is answered locally.

    name: lower-case wire form. source: the document that says so. records: data at the zone's own
    name, besides SOA and NS, as `TYPE RDATA`. below: whether names below have that data too (else
    they do not exist). lan: one of those that the option `unblock-lan-zones` opens.
    """

    name: bytes
    source: str
    records: tuple[str, ...] = ()
    below: bool = False
    lan: bool = False

    @property
    def text(self) -> str:
        """The name in presentation form, with its final dot."""
        return names.to_text(self.name)

    def lines(self) -> list[str]:
        """Return it as statements of unbound.conf's `server:` clause."""
        zone = self.text
        kind = "redirect" if self.below else "static"
        return [
            f'local-zone: "{zone}" {kind}',
            *(f'local-data: "{zone} {TTL_S} IN {rr}"' for rr in self.apex()),
        ]

    def apex(self) -> list[str]:
        """Return all data at the zone's own name, its SOA record first, as `TYPE RDATA`."""
        data = [f"SOA {self.text} nobody.invalid. 1 3600 1200 604800 {TTL_S}"]
        if not self.below:  # else every name below would claim to be a zone
            data.append(f"NS {self.text}")
        return [*data, *self.records]


_NAMES = (
    ("localhost", "RFC 6761, 6.3", ("A 127.0.0.1", "AAAA ::1"), True),
    ("invalid", "RFC 6761, 6.4", (), False),
    ("test", "RFC 6761, 6.2", (), False),
    ("local", "RFC 6762, 22.1", (), False),
    ("onion", "RFC 7686, 2", (), False),
    ("alt", "RFC 9476, 3", (), False),
    ("home.arpa", "RFC 8375, 4", (), False),
    # RFC 9462, 6.4: NODATA for _dns.resolver.arpa, so that has to exist.
    ("resolver.arpa", "RFC 9462, 8.2", (), False),
    ("_dns.resolver.arpa", "RFC 9462, 6.4", (), False),
    ("service.arpa", "RFC 9665, 10", (), False),
    ("ipv4only.arpa", "RFC 8880, 7.1", ("A 192.0.0.170", "A 192.0.0.171"), False),
)

_ZERO = ".".join("0" * 31)

_LAN = (
    ("0.in-addr.arpa", "RFC 6303, 4.2"),
    ("10.in-addr.arpa", "RFC 6303, 4.1"),
    *((f"{net}.172.in-addr.arpa", "RFC 6303, 4.1") for net in range(16, 32)),
    ("168.192.in-addr.arpa", "RFC 6303, 4.1"),
    *((f"{net}.100.in-addr.arpa", "RFC 7793, 3") for net in range(64, 128)),
    ("254.169.in-addr.arpa", "RFC 6303, 4.2"),
    ("2.0.192.in-addr.arpa", "RFC 6303, 4.2"),
    ("100.51.198.in-addr.arpa", "RFC 6303, 4.2"),
    ("113.0.203.in-addr.arpa", "RFC 6303, 4.2"),
    ("255.255.255.255.in-addr.arpa", "RFC 6303, 4.2"),
    ("d.f.ip6.arpa", "RFC 6303, 4.4"),
    ("8.e.f.ip6.arpa", "RFC 6303, 4.5"),
    ("9.e.f.ip6.arpa", "RFC 6303, 4.5"),
    ("a.e.f.ip6.arpa", "RFC 6303, 4.5"),
    ("b.e.f.ip6.arpa", "RFC 6303, 4.5"),
    ("8.b.d.0.1.0.0.2.ip6.arpa", "RFC 6303, 4.6"),
)

# The others of addresses. A name with data is a zone of its own: what is around it stays empty.
_REVERSE = (
    ("127.in-addr.arpa", "RFC 6303, 4.2", ()),
    ("1.0.0.127.in-addr.arpa", "RFC 6303, 4.2", ("PTR localhost.",)),
    (f"0.{_ZERO}.ip6.arpa", "RFC 6303, 4.3", ()),
    (f"1.{_ZERO}.ip6.arpa", "RFC 6303, 4.3", ("PTR localhost.",)),
    ("170.0.0.192.in-addr.arpa", "RFC 8880, 7.3", ("PTR ipv4only.arpa.",)),
    ("171.0.0.192.in-addr.arpa", "RFC 8880, 7.3", ("PTR ipv4only.arpa.",)),
)


def special_names() -> tuple[SpecialName, ...]:
    """Return all of them, each name once."""
    return (
        *(
            SpecialName(names.from_text(name), source, records, below)
            for name, source, records, below in _NAMES
        ),
        *(SpecialName(names.from_text(name), source, lan=True) for name, source in _LAN),
        *(
            SpecialName(names.from_text(name), source, records)
            for name, source, records in _REVERSE
        ),
    )
