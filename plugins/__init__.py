# SPDX-License-Identifier: Apache-2.0
"""The plugins that ship with Rootward, a folder each, after CoreDNS's plugin convention."""
