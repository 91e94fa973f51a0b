# SPDX-License-Identifier: Apache-2.0
"""*bind* - the addresses that a server block listens on."""
