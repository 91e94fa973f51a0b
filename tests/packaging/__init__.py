# SPDX-License-Identifier: Apache-2.0
"""What ships: sdist, wheel, and the scripts that set a checkout up."""
