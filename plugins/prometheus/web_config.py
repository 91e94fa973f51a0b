# SPDX-License-Identifier: Apache-2.0
"""Web configuration: the YAML file in which Prometheus's exporters are told their certificate.

What stands there and cannot be done is an error: a listener without the password that its file asks
for would be open.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
CLIENT_AUTH = {
    "": ssl.CERT_NONE,
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


def read_web_config(file: str) -> ssl.SSLContext:
    """Return the TLS context that `file` describes; paths in it start at its folder.

    Raises ValueError if it cannot be read, or asks for what cannot be done.
    """
    path = Path(file)
    try:
        content = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise ValueError(f"open {path}: {(error.strerror or str(error)).lower()}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: no YAML: {' '.join(str(error).split())}") from None
    try:
        return _context(_mapping(content, "the file"), path.parent)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _context(content: dict[str, Any], folder: Path) -> ssl.SSLContext:
    server = _mapping(content.pop("tls_server_config", None), "tls_server_config")
    http = _mapping(content.pop("http_server_config", {}), "http_server_config")
    _nothing_left(content)
    has_http2 = http.pop("http2", True)
    _nothing_left(http)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _choice(server, "min_version", VERSIONS, "TLS12")
    context.maximum_version = _choice(server, "max_version", VERSIONS, "TLS13")
    context.set_alpn_protocols(["h2", "http/1.1"] if has_http2 else ["http/1.1"])
    certificate, key = (_path(server, word, folder) for word in ("cert_file", "key_file"))
    if certificate is None or key is None:
        raise ValueError("tls_server_config needs cert_file and key_file")
    _load(lambda: context.load_cert_chain(certificate, key, _no_password), f"{certificate}, {key}")
    authority = _path(server, "client_ca_file", folder)
    mode = _choice(server, "client_auth_type", CLIENT_AUTH, "")
    if authority is not None:
        _load(lambda: context.load_verify_locations(authority), str(authority))
    if (authority is None) != (mode is ssl.CERT_NONE):
        raise ValueError("client_ca_file and a client_auth_type that verifies go together")
    context.verify_mode = mode
    _nothing_left(server)
    return context


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no mapping" if value is not None else f"{name} is missing")
    return dict(value)


def _nothing_left(content: dict[str, Any]) -> None:
    if content:
        raise ValueError(f"'{next(iter(content))}' is not supported")


def _choice(content: dict[str, Any], word: str, choices: dict[str, Any], default: str) -> Any:
    value = content.pop(word, default)
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{word} '{value}' is not supported: {', '.join(filter(None, choices))}")
    return choices[value]


def _path(content: dict[str, Any], word: str, folder: Path) -> Path | None:
    value = content.pop(word, None)
    return folder / str(value) if value is not None else None


def _no_password() -> str:
    """Refuse: OpenSSL itself would ask on the terminal, and wait."""
    raise ValueError("key_file is encrypted")


def _load(load: Callable[[], None], shown: str) -> None:
    try:
        load()
    except ssl.SSLError as error:
        raise ValueError(f"{shown}: {error.reason or error}") from None
    except OSError as error:
        raise ValueError(f"{shown}: {(error.strerror or str(error)).lower()}") from None
