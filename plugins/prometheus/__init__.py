# SPDX-License-Identifier: Apache-2.0
"""*prometheus* - shows metrics to Prometheus."""
