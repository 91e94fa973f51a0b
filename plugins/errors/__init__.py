# SPDX-License-Identifier: Apache-2.0
"""*errors* - logs what went wrong with a query."""
