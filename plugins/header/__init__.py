# SPDX-License-Identifier: Apache-2.0
"""*header* - bits of the header, set or cleared in queries and responses."""
