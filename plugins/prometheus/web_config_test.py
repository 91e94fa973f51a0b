# SPDX-License-Identifier: Apache-2.0
"""What a web configuration may say."""

import ssl
from pathlib import Path

import pytest

from plugins.prometheus.web_config import read_web_config
from tests.certificate import write_certificate

PLAIN = "tls_server_config:\n cert_file: cert.pem\n key_file: key.pem\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate and its key, and one that is none."""
    made = tmp_path_factory.mktemp("web")
    write_certificate(made)
    (made / "none.pem").write_text("none")
    return made


def read(folder: Path, text: str) -> ssl.SSLContext:
    """Return what is made of a file."""
    (folder / "web.yml").write_text(text)
    return read_web_config(str(folder / "web.yml"))


def test_a_certificate_is_enough(folder: Path) -> None:
    """Paths start at the file's own folder; TLS 1.2 and 1.3, and no client needs a certificate."""
    context = read(folder, f"# of all exporters\n{PLAIN}")
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.maximum_version is ssl.TLSVersion.TLSv1_3
    assert context.verify_mode is ssl.CERT_NONE


@pytest.mark.parametrize(
    "more, minimum, mode",
    [
        pytest.param(" min_version: TLS13\n", ssl.TLSVersion.TLSv1_3, ssl.CERT_NONE, id="TLS 1.3"),
        pytest.param(
            " client_auth_type: RequireAndVerifyClientCert\n client_ca_file: cert.pem\n",
            ssl.TLSVersion.TLSv1_2,
            ssl.CERT_REQUIRED,
            id="clients need a certificate",
        ),
        pytest.param(
            " client_auth_type: VerifyClientCertIfGiven\n client_ca_file: cert.pem\n",
            ssl.TLSVersion.TLSv1_2,
            ssl.CERT_OPTIONAL,
            id="clients may have one",
        ),
        pytest.param(
            "http_server_config:\n http2: false\n",
            ssl.TLSVersion.TLSv1_2,
            ssl.CERT_NONE,
            id="no HTTP/2",
        ),
    ],
)
def test_what_is_known(
    folder: Path, more: str, minimum: ssl.TLSVersion, mode: ssl.VerifyMode
) -> None:
    """The words are those of Prometheus's exporters."""
    context = read(folder, PLAIN + more)
    assert (context.minimum_version, context.verify_mode) == (minimum, mode)


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("", "the file is missing", id="nothing"),
        pytest.param("- a", "the file is no mapping", id="a list"),
        pytest.param("a: [", "no YAML", id="no YAML"),
        pytest.param("{}", "tls_server_config is missing", id="nothing about TLS"),
        pytest.param("tls_server_config: 1", "tls_server_config is no mapping", id="a number"),
        pytest.param("tls_server_config: {}", "needs cert_file and key_file", id="no certificate"),
        pytest.param(f"{PLAIN} ciphers: [x]", "'ciphers' is not supported", id="a word of none"),
        pytest.param(
            f"{PLAIN}basic_auth_users:\n a: x",
            "'basic_auth_users' is not supported",
            id="passwords",
        ),
        pytest.param(
            f"{PLAIN}http_server_config:\n headers: {{}}", "'headers' is not", id="headers"
        ),
        pytest.param(f"{PLAIN} min_version: TLS10", "min_version 'TLS10'", id="an old version"),
        pytest.param(
            f"{PLAIN} client_auth_type: RequireAnyClientCert", "is not supported", id="any client"
        ),
        pytest.param(
            f"{PLAIN} client_auth_type: RequireAndVerifyClientCert",
            "go together",
            id="no authority",
        ),
        pytest.param(f"{PLAIN} client_ca_file: cert.pem", "go together", id="an idle authority"),
        pytest.param(
            "tls_server_config: {cert_file: no.pem, key_file: key.pem}",
            "no.pem, .*no such file",
            id="no such file",
        ),
        pytest.param(
            "tls_server_config: {cert_file: cert.pem, key_file: locked.pem}",
            "key_file is encrypted",
            id="a key with a password",
        ),
        pytest.param(f"{PLAIN} min_version: [a]", "min_version", id="a list for a word"),
        pytest.param(
            "tls_server_config: {cert_file: none.pem, key_file: key.pem}", "none.pem", id="no PEM"
        ),
    ],
)
def test_what_is_not_is_refused(folder: Path, text: str, says: str) -> None:
    """Whatever it is: a listener that leaves a wish out would be open. The file is named."""
    with pytest.raises(ValueError, match=rf"web\.yml: .*{says}"):
        read(folder, text)
