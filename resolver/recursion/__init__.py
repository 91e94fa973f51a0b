# SPDX-License-Identifier: Apache-2.0
"""The face of libunbound: its bridge, its configuration, its trust anchors, and flights."""
