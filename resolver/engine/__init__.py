# SPDX-License-Identifier: Apache-2.0
"""What runs a chain: the python engine awaits it, another one interprets its plan."""
