# SPDX-License-Identifier: Apache-2.0
"""A signed mini internet on 127.53.0.0/16: zones with each fault, servers that misbehave."""

from tests.internet.tap import Query
from tests.internet.world import Internet, InternetError

__all__ = ["Internet", "InternetError", "Query"]
