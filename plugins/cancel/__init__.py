# SPDX-License-Identifier: Apache-2.0
"""*cancel* - the time until a query is answered, made shorter."""
