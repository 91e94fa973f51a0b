# SPDX-License-Identifier: Apache-2.0
"""DNS over TLS to an upstream: whose certificate is taken, and what is sent."""

import asyncio
import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plugins.forward.conftest import House, Upstream
from plugins.forward.tls import context_of
from resolver.errors import ResolverError
from resolver.testing import Case, FixedClock, run

NAME = "www.example.org. A"
ANSWER = Case(NAME, ["www.example.org. 60 IN A 192.0.2.1"])
DAY = datetime.timedelta(days=1)

Key = ec.EllipticCurvePrivateKey


class Authority:
    """Signs certificates; its own is in `file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")])
        self.file = self._write("ca.pem", self._sign(self._key, self._name, [], is_ca=True))

    def issue(self, stem: str, *names: str) -> tuple[Path, Path]:
        """Return the files of a certificate for these names and addresses, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        holder = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, stem)])
        certificate = self._write(f"{stem}.pem", self._sign(key, holder, names))
        secret = self._folder / f"{stem}.key"
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, secret

    def server(self, *names: str, wants_certificate: bool = False) -> ssl.SSLContext:
        """Return what a server with a certificate for these names has."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue("server", *names))
        if wants_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file)
        return context

    def _sign(
        self, key: Key, holder: x509.Name, names: tuple[str, ...] | list[str], is_ca: bool = False
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        public = key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(holder)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        if is_ca:
            usage = x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            )
            builder = builder.add_extension(usage, critical=True)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self._folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path


def _general(name: str) -> x509.GeneralName:
    if name[0].isdigit():
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Make an authority whose files are this test's own."""
    return Authority(tmp_path)


@pytest.mark.parametrize(
    "certified, server_name, properties, is_taken",
    [
        pytest.param("127.0.0.1", "", "", True, id="it names the address"),
        pytest.param("dns.example.org", "", "", False, id="it does not name the address"),
        pytest.param(
            "dns.example.org", "%dns.example.org", "", True, id="it has the upstream's name"
        ),
        pytest.param("dns.example.org", "%other.example.org", "", False, id="another name"),
        pytest.param(
            "dns.example.org", "", "tls_servername dns.example.org", True, id="tls_servername"
        ),
    ],
)
def test_names(
    authority: Authority, certified: str, server_name: str, properties: str, is_taken: bool
) -> None:
    """A certificate has to name the upstream (RFC 8310, 8.1); without, nothing is asked."""

    async def scene() -> None:
        async with Upstream(tls=authority.server(certified)) as upstream:
            to = f"tls://127.0.0.1{server_name}:{upstream.port}"
            text = f"forward . {to} {{\ntls {authority.file}\nmax_fails 0\n{properties}\n}}"
            async with House(text) as house:
                if is_taken:
                    ANSWER.check(await house.query(NAME))
                else:
                    with pytest.raises(ResolverError, match="certificate verify failed"):
                        await house.ask(NAME)
                    assert upstream.queries == []

    run(scene())


def test_an_authority_that_nobody_trusts(authority: Authority) -> None:
    """Without `tls CA` the system's authorities count, and this is none of them."""

    async def scene() -> None:
        tls = authority.server("127.0.0.1")
        async with Upstream(tls=tls) as upstream, House(f"forward . {upstream.at}") as house:
            with pytest.raises(ResolverError, match="certificate verify failed"):
                await house.ask(NAME)

    run(scene())


def test_a_server_that_speaks_no_tls() -> None:
    """It is an error of the upstream, and the question is not sent in the clear."""

    async def scene() -> None:
        clock = FixedClock()
        async with Upstream() as upstream:
            text = f"forward . tls://{upstream.at} {{\nmax_connect_attempts 1\n}}"
            async with House(text, clock=clock) as house:
                task = asyncio.create_task(house.ask(NAME))
                while not upstream.connections:
                    await asyncio.sleep(0)
                clock.advance(2000)
                with pytest.raises(ResolverError, match=f"tls://{upstream.at}: i/o timeout"):
                    await task
            assert upstream.queries == []

    run(scene())


def test_connections_are_used_again_and_lengths_are_hidden(authority: Authority) -> None:
    """One handshake for two questions; queries are padded to 128 octets (RFC 8467)."""

    async def scene() -> None:
        async with Upstream(tls=authority.server("127.0.0.1")) as upstream:
            async with House(f"forward . {upstream.at} {{\ntls {authority.file}\n}}") as house:
                await house.query(NAME)
                await house.query("a-much-longer-name.example.org. AAAA")
                assert upstream.connections == 1
                labels = {"proxy_name": "forward", "to": f"127.0.0.1:{upstream.port}"}
                hits = "coredns_proxy_conn_cache_hits_total"
                assert house.metric(hits, **labels, proto="tcp-tls") == 1
            assert {len(message.to_wire()) for message, _, _ in upstream.queries} == {128}

    run(scene())


@pytest.mark.parametrize("shows", [True, False])
def test_our_own_certificate(authority: Authority, shows: bool) -> None:
    """`tls CERT KEY CA` shows one to a server that wants it; `tls CA` has none."""

    async def scene() -> None:
        certificate, key = authority.issue("client")
        files = [certificate, key, authority.file] if shows else [authority.file]
        tls = authority.server("127.0.0.1", wants_certificate=True)
        async with Upstream(tls=tls) as upstream:
            words = " ".join(str(path) for path in files)
            text = f"forward . {upstream.at} {{\ntls {words}\nmax_fails 0\n}}"
            async with House(text) as house:
                if shows:
                    ANSWER.check(await house.query(NAME))
                else:
                    with pytest.raises(ResolverError):
                        await house.ask(NAME)

    run(scene())


def test_health_over_tls(authority: Authority) -> None:
    """A probe goes the way that questions go."""

    async def scene() -> None:
        async with Upstream(tls=authority.server("127.0.0.1")) as upstream:
            async with House(f"forward . {upstream.at} {{\ntls {authority.file}\n}}") as house:
                health = house.lines[0].group.proxies[0].health
                health.fails = 1
                health.check()
                while health.fails:
                    await asyncio.sleep(0)
            assert upstream.asked == [". NS"]

    run(scene())


def test_versions() -> None:
    """TLS 1.2 is the oldest; names are always checked."""
    context = context_of(())
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED
