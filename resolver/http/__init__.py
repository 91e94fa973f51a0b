# SPDX-License-Identifier: Apache-2.0
"""Listeners for what is asked over HTTP: metrics, health and the like.

Nothing here imports Starlette or Hypercorn until a listener serves.
"""
