# SPDX-License-Identifier: Apache-2.0
"""*debug* - tracebacks of panics and debug messages in the log."""
