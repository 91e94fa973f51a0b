# SPDX-License-Identifier: Apache-2.0
"""What deploy/ holds: the unit of systemd, its sandbox, the container's image."""
