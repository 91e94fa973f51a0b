# SPDX-License-Identifier: Apache-2.0
"""*local* - names that are answered here and never asked for elsewhere."""
