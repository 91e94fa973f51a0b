# SPDX-License-Identifier: Apache-2.0
"""*root* - the folder in which a block's relative paths start."""
