# SPDX-License-Identifier: Apache-2.0
"""*greet* - answers TXT questions with a text."""
