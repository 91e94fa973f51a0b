# SPDX-License-Identifier: Apache-2.0
"""Expressions over a query, as `view` and `template` have them: parsed and checked at load."""
