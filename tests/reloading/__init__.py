# SPDX-License-Identifier: Apache-2.0
"""Whole servers that are reloaded."""
