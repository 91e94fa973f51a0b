# SPDX-License-Identifier: Apache-2.0
"""*minimal* - answers without what a client need not have."""
