# SPDX-License-Identifier: Apache-2.0
"""Rootward without its extension: pyunbound in the bridge's place, held by the same tests."""
