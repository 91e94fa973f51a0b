# SPDX-License-Identifier: Apache-2.0
"""Abuse: floods, crowds, stops and failing surroundings, and what honest clients notice of them."""
