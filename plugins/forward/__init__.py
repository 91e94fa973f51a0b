# SPDX-License-Identifier: Apache-2.0
"""forward: sends questions for some zones on to other resolvers (split horizon)."""
