"""Give the checks that need systemd the lab of tests/hosts."""

import sys
from pathlib import Path

import pytest

HOSTS = str(Path(__file__).resolve().parents[1] / "hosts")
if HOSTS not in sys.path:
    sys.path.insert(0, HOSTS)


def pytest_configure(config: pytest.Config) -> None:
    """Register the lab's fixtures once, whichever suite comes first."""
    if not config.pluginmanager.has_plugin("lab.fixtures"):
        config.pluginmanager.import_plugin("lab.fixtures")
