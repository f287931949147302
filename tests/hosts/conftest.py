"""Give this folder's tests the lab and its fixtures (listed in lab/fixtures.py).

Another suite that needs hosts has a conftest.py like this one, with the path to this folder.
"""

import sys
from pathlib import Path

import pytest

HOSTS = str(Path(__file__).resolve().parent)
if HOSTS not in sys.path:
    sys.path.insert(0, HOSTS)


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures once, whichever suite comes first."""
    if not config.pluginmanager.has_plugin("lab.fixtures"):
        config.pluginmanager.import_plugin("lab.fixtures")
