# SPDX-License-Identifier: Apache-2.0
"""Tests of recursion on the mini internet, and the stand-in for libunbound."""
