# SPDX-License-Identifier: Apache-2.0
"""Tests that need more than one module: the mini internet, and whole servers upon it."""
