# SPDX-License-Identifier: Apache-2.0
"""The Python faces of the native engine: what imports resolver._native, besides resolver.ffi."""
