# SPDX-License-Identifier: Apache-2.0
"""Tests of the native part as a whole: its C program, its surface."""
