# SPDX-License-Identifier: Apache-2.0
"""*ready* - tells over HTTP when all plugins can answer."""
