"""What a program of OpenSSH says, when it is asked."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence


def asked(
    words: Sequence[str], seconds: float, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it without input; subprocess.TimeoutExpired after `seconds`, OSError if it is not there."""
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
        env={**os.environ, **(environment or {})},
    )
