"""What a test needs of the machine: said loudly where it is missing, and a failure in CI."""

import os
import shutil

import pytest


def missing(reason: str) -> None:
    """Skip with the reason; in CI a skip would be a test that nobody sees, so fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"needed in CI: {reason}")
    pytest.skip(reason)


def root() -> None:
    if os.geteuid() != 0:
        missing("needs root")


def program(*names: str) -> None:
    """Need these programs, sbin folders included."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for name in names:
        if not shutil.which(name, path=path):
            missing(f"needs the program {name}; scripts/ci-install installs it")
