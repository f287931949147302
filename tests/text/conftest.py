"""One hypothesis profile for all text formats: `HYPOTHESIS_PROFILE=long` searches longer."""

import os

from hypothesis import HealthCheck, settings

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]
settings.register_profile("quick", deadline=None, suppress_health_check=QUIET)
settings.register_profile("long", deadline=None, suppress_health_check=QUIET, max_examples=5000)
settings.register_profile("text-ci", deadline=None, suppress_health_check=QUIET, derandomize=True)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "text-ci" if os.environ.get("CI") else "quick")
)
