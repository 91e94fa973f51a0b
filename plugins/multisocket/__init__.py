# SPDX-License-Identifier: Apache-2.0
"""*multisocket* - how many sockets share a port."""
