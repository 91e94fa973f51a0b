# SPDX-License-Identifier: Apache-2.0
"""The server core of Rootward: it moves DNS messages through chains and has no DNS policy."""
