# SPDX-License-Identifier: Apache-2.0
"""What other resolvers were measured to get wrong, and this one promises to get right.

`promises_test.py` is the list; the tests that it names ask whole servers on the mini internet.
"""
