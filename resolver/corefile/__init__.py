# SPDX-License-Identifier: Apache-2.0
"""From the text of a Corefile to calls of plugins' setup functions."""
