# SPDX-License-Identifier: Apache-2.0
"""*loop* - forwarding loops, found and broken."""
