# SPDX-License-Identifier: Apache-2.0
"""*health* - tells over HTTP that the process is alive."""
