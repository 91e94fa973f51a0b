# SPDX-License-Identifier: Apache-2.0
"""*hosts* - answers for the names of a hosts file such as `/etc/hosts`."""
