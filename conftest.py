# SPDX-License-Identifier: Apache-2.0
"""What all tests share: no example fails for having taken long, since machines may be busy."""

from hypothesis import HealthCheck, settings

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
