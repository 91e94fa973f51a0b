# SPDX-License-Identifier: Apache-2.0
"""*log* - logs queries and what became of them."""
