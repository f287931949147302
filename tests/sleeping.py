"""A process that does nothing, for what is told of one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sleeping() -> "Iterator[subprocess.Popen[bytes]]":
    with subprocess.Popen(["sleep", "600"]) as process:
        try:
            yield process
        finally:
            process.kill()
