# SPDX-License-Identifier: Apache-2.0
"""*bufsize* - the UDP payload size of a server block."""
