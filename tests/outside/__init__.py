# SPDX-License-Identifier: Apache-2.0
"""Tests of plugins that other packages bring, and of a chain whose order is the user's."""
