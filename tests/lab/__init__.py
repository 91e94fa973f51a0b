# SPDX-License-Identifier: Apache-2.0
"""The lab: Rootward on the mini internet, for a person to try without the Internet."""
