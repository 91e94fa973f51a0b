# SPDX-License-Identifier: Apache-2.0
"""*metadata* - collects what plugins know of a query, for others to read."""
