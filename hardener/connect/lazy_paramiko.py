"""paramiko, imported when a host is reached by it and not before.

Half of its import time goes into `invoke`, which it wants for `Match exec` alone, a thing
that `ssh -G` does for us; it takes an ImportError for an answer.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
from types import ModuleType
from typing import Any

_importing = threading.Lock()


def paramiko() -> Any:
    """Return the module."""
    with _importing:
        return _import()


@functools.cache
def _import() -> ModuleType:
    without = "invoke" not in sys.modules
    if without:
        sys.modules["invoke"] = None  # type: ignore[assignment]
    try:
        import paramiko as module
    finally:
        if without:
            del sys.modules["invoke"]
    logging.getLogger("paramiko").addHandler(logging.NullHandler())  # we say it ourselves
    return module
