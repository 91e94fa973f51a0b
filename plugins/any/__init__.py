# SPDX-License-Identifier: Apache-2.0
"""*any* - answers queries for ANY with as little as RFC 8482 allows."""
