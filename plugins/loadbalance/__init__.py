# SPDX-License-Identifier: Apache-2.0
"""*loadbalance* - varies the order of address and MX records from answer to answer."""
