"""`harden demo` as an ordinary user, who owns nothing but an empty home."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardener.resources import data_dir

NOBODY = 65534
Ran = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp())
    (found / "tmp").mkdir()
    if os.geteuid() == 0:
        for path in (found, found / "tmp"):
            os.chown(path, NOBODY, NOBODY)
    yield found
    shutil.rmtree(found)


@pytest.fixture(scope="session")
def demo(home: Path) -> Callable[..., Ran]:
    """Run `harden demo` with these options."""

    def run(*options: str) -> Ran:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        installed = Path(sys.executable).with_name("harden")
        command = [*as_ordinary_user(), str(installed), "demo", *options]
        folder = data_dir("playbooks").parent
        return subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=folder, env=environment
        )

    return run


@pytest.fixture(scope="session")
def ordinary(demo: Callable[..., Ran], home: Path) -> Ran:
    """The demo, run once; `left` names what it left in the home."""
    before = set(home.rglob("*"))
    ran = demo()
    ran.left = sorted(map(str, set(home.rglob("*")) - before))  # type: ignore[attr-defined]
    return ran


def as_ordinary_user() -> list[str]:
    """Nothing, or how root becomes nobody: one who may read the checkout, wherever it lies."""
    if os.geteuid() != 0:
        return []
    reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *reads]
