# SPDX-License-Identifier: Apache-2.0
"""TLS towards upstreams: whom to trust, and who we say we are."""

import ssl
from collections.abc import Sequence
from pathlib import Path


def context_of(files: Sequence[Path]) -> ssl.SSLContext:
    """Return what `tls [CERT KEY] [CA]` says: TLS 1.2 or later, the certificate always checked.

    Without CA the system's authorities are trusted.

    Raises ValueError if a file cannot be used.
    """
    ca = files[-1] if len(files) in (1, 3) else None
    try:
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if len(files) >= 2:
            context.load_cert_chain(files[0], files[1])
    except (OSError, ssl.SSLError) as error:
        named = " ".join(str(path) for path in files)
        raise ValueError(f"could not use {named} for TLS: {error.strerror or error}") from error
    return context
