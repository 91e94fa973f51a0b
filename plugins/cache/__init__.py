# SPDX-License-Identifier: Apache-2.0
"""*cache* - keeps responses and answers from them while they last."""
