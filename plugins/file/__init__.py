# SPDX-License-Identifier: Apache-2.0
"""*file* - serves zones from zone files in the form of RFC 1035."""
