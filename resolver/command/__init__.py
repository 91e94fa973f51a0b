# SPDX-License-Identifier: Apache-2.0
"""The command `rootward`: flags, logs, signals, and what each subcommand does."""
