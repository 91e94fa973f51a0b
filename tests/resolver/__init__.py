# SPDX-License-Identifier: Apache-2.0
"""Tests of the resolver that need the mini internet or several of its parts."""
