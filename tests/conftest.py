"""What all tests share: programs of the administrator are found by whoever runs them; counts."""

import os

from tally import pytest_addoption, pytest_terminal_summary, say, tally

__all__ = ["pytest_addoption", "pytest_terminal_summary", "say", "tally"]

for folder in ("/usr/sbin", "/sbin"):
    if folder not in os.environ["PATH"].split(":"):
        os.environ["PATH"] += ":" + folder
