# SPDX-License-Identifier: Apache-2.0
"""*nsid* - a token of the server in its responses (RFC 5001)."""
