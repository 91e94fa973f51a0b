# SPDX-License-Identifier: Apache-2.0
"""*whoami* - tells a client its own address, port and transport."""
