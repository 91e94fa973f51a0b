# SPDX-License-Identifier: Apache-2.0
"""Keys, signatures and DS RRs: dnspython signs with NSEC, ldns-signzone with NSEC3."""

import base64
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import dns.dnssec
import dns.dnssectypes
import dns.name
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.dnskeybase import Flag

from tests.internet.plan import Algorithm, Fault, Signing, Zone
from tests.internet.tools import find_tool, tool_environment

DAY_S = 86400
# NSEC3 and the types that ldns may not know travel to it in the notation of RFC 3597
_GENERIC = (dns.rdatatype.HTTPS, dns.rdatatype.SVCB, dns.rdatatype.CAA, dns.rdatatype.NAPTR)

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
Key = tuple[Private, DNSKEY]


@dataclass(frozen=True, slots=True)
class Signer:
    """The one key of a zone, and when its signatures begin and end, in seconds since 1970."""

    zone: Zone
    key: Key
    inception_s: int
    expiration_s: int
    other_key: Key = field(repr=False)

    @classmethod
    def make(cls, zone: Zone, now_s: int) -> "Signer":
        """Return a signer with fresh keys."""
        begin, end = now_s - DAY_S, now_s + 30 * DAY_S
        match zone.fault:
            case Fault.EXPIRED:
                begin, end = now_s - 50 * DAY_S, now_s - 20 * DAY_S
            case Fault.FUTURE:
                begin, end = now_s + 20 * DAY_S, now_s + 50 * DAY_S
            case Fault.ENDS_SOON:
                begin, end = now_s - DAY_S, now_s + 3600
        key = _make_key(zone.algorithm)
        other = _make_key(zone.algorithm) if zone.fault is Fault.WRONG_DS else key
        return cls(zone, key, begin, end, other)

    def ds(self) -> list[str]:
        """Return the DS RDATA, in presentation form, that the parent is to have."""
        _, dnskey = self.other_key
        if self.zone.fault is Fault.UNKNOWN_ALGORITHM:
            dnskey = cast(DNSKEY, dnskey.replace(algorithm=200))
        ds = dns.dnssec.make_ds(self.zone.name, dnskey, dns.dnssectypes.DSDigest.SHA256)
        is_known = self.zone.fault is not Fault.UNKNOWN_DIGEST
        return [(ds if is_known else ds.replace(digest_type=200)).to_text()]

    def sign(self, unsigned: dns.zone.Zone, folder: Path) -> dns.zone.Zone:
        """Return the zone signed. The folder is for what passes between ldns-signzone and us."""
        if self.zone.signing is not Signing.NSEC:
            return self._sign_nsec3(unsigned, folder)
        dns.dnssec.sign_zone(
            unsigned,
            keys=[self.key],
            inception=self.inception_s,
            expiration=self.expiration_s,
            deterministic=False,
        )
        return unsigned

    def _sign_nsec3(self, unsigned: dns.zone.Zone, folder: Path) -> dns.zone.Zone:
        private, dnskey = self.key
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError(f"no NSEC3 with {self.zone.algorithm.name}")
        base = (
            folder
            / f"K{self.zone.name}+{self.zone.algorithm.value:03}+{dns.dnssec.key_id(dnskey):05}"
        )
        secret = private.private_numbers().private_value.to_bytes(32, "big")
        Path(f"{base}.private").write_text(
            "Private-key-format: v1.2\n"
            f"Algorithm: {self.zone.algorithm.value} ({self.zone.algorithm.name})\n"
            f"PrivateKey: {base64.b64encode(secret).decode()}\n"
        )
        Path(f"{base}.key").write_text(f"{self.zone.name} IN DNSKEY {dnskey.to_text()}\n")
        source, signed = folder / f"{self.zone.name}unsigned", folder / f"{self.zone.name}nsec3"
        source.write_text(_portable(unsigned))
        command: list[str | os.PathLike[str]] = [
            find_tool("ldns-signzone"),
            "-n",
            "-s",
            "5a17",
            "-t",
        ]
        command += ["500" if self.zone.fault is Fault.MANY_ITERATIONS else "0"]
        command += ["-p"] if self.zone.signing is Signing.OPT_OUT else []
        command += ["-i", str(self.inception_s), "-e", str(self.expiration_s)]
        command += ["-o", self.zone.name, "-f", signed, source, base]
        done = subprocess.run(command, env=tool_environment(), capture_output=True, text=True)
        if done.returncode != 0:
            raise OSError(f"ldns-signzone {self.zone.name}: {done.stdout}{done.stderr}")
        return dns.zone.from_file(str(signed), origin=self.zone.name, relativize=False)


def _make_key(algorithm: Algorithm) -> Key:
    private: Private
    match algorithm:
        case Algorithm.RSASHA256:
            private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case Algorithm.ED25519:
            private = ed25519.Ed25519PrivateKey.generate()
        case Algorithm.ECDSAP256SHA256:
            private = ec.generate_private_key(ec.SECP256R1())
    flags = Flag.ZONE | Flag.SEP
    public = private.public_key()
    return private, dns.dnssec.make_dnskey(public, algorithm.value, flags=flags)


def _portable(zone: dns.zone.Zone) -> str:
    """Return the text of a zone in which new types are opaque."""
    lines = []
    for name, ttl, rdata in zone.iterate_rdatas():
        text = (rdata.to_generic() if rdata.rdtype in _GENERIC else rdata).to_text()
        rdtype = f"TYPE{int(rdata.rdtype)}" if rdata.rdtype in _GENERIC else rdata.rdtype.name
        lines.append(f"{name} {ttl} IN {rdtype} {text}\n")
    lines.sort(key=lambda line: " SOA " not in line)  # the SOA leads
    return "".join(lines)
