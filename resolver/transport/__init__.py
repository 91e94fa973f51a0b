# SPDX-License-Identifier: Apache-2.0
"""Transports: how queries come in and answers go out, one module each."""
