# SPDX-License-Identifier: Apache-2.0
"""*view* - answers some clients or questions from a server block of their own."""
