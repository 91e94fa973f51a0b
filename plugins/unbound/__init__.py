# SPDX-License-Identifier: Apache-2.0
"""unbound: recursion and DNSSEC validation by libunbound."""
