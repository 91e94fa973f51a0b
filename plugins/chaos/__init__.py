# SPDX-License-Identifier: Apache-2.0
"""*chaos* - version, authors and host of the server, asked for in class CH."""
