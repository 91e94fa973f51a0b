# SPDX-License-Identifier: Apache-2.0
"""*dns64* - gives IPv6-only clients addresses for names that have none but IPv4."""
