# SPDX-License-Identifier: Apache-2.0
"""`rootward control`: what an operator asks of a server that runs, over a Unix socket."""
