# SPDX-License-Identifier: Apache-2.0
"""*timeouts* - time-outs of connections."""
