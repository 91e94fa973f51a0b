# SPDX-License-Identifier: Apache-2.0
"""*rewrite* - alters questions on their way in, and responses on their way back."""
