# SPDX-License-Identifier: Apache-2.0
"""Tests of the command `rootward` as a user runs it: a process, its output, its signals."""
