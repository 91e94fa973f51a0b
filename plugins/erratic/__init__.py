# SPDX-License-Identifier: Apache-2.0
"""*erratic* - a server that drops, delays and truncates, to try clients on."""
