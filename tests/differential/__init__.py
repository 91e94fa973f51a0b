# SPDX-License-Identifier: Apache-2.0
"""The same questions asked of both engines, which may differ in nothing but speed."""
