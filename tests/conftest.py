"""What all tests share: programs of the administrator and signals are as at a terminal; counts."""

import os
import signal

from tally import pytest_addoption, pytest_terminal_summary, say, tally

__all__ = ["pytest_addoption", "pytest_terminal_summary", "say", "tally"]

for folder in ("/usr/sbin", "/sbin"):
    if folder not in os.environ["PATH"].split(":"):
        os.environ["PATH"] += ":" + folder

# Whoever started the tests may have kept Ctrl-C or a closed terminal from all its children (`&`, nohup(1)).
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
