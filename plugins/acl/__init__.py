# SPDX-License-Identifier: Apache-2.0
"""*acl* - says which clients may ask what."""
