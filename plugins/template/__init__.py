# SPDX-License-Identifier: Apache-2.0
"""*template* - answers from templates: what a name says becomes records."""
