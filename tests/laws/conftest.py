"""Profiles of hypothesis: `ci` is the same on every run; HARDENER_LAWS=thorough looks further."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}
# To make a failing example smaller takes minutes where each is a death and a recovery.
QUICK = (Phase.explicit, Phase.generate)
settings.register_profile("ci", derandomize=True, phases=QUICK, **COMMON)  # type: ignore[arg-type]
settings.register_profile("thorough", derandomize=False, print_blob=True, **COMMON)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def thorough() -> bool:
    return os.environ.get("HARDENER_LAWS") == "thorough"


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder in memory: what is proved of syncs stands elsewhere, and they take most of the time."""
    memory = Path("/dev/shm")
    made = tempfile.mkdtemp(prefix="laws-", dir=memory if os.access(memory, os.W_OK) else None)
    yield Path(made)
    shutil.rmtree(made)
