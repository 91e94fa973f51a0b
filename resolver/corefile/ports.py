# SPDX-License-Identifier: Apache-2.0
"""The port that a server block listens on by default; read by who loads no Corefile, too."""

DEFAULT_PORT = 53  # RFC 1035, 4.2
