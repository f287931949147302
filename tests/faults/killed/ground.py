"""Fresh copies of a tree, many times: in memory, where nothing waits for a disk."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults.killed.host import PROGRAMS
from faults.killed.strace import Gate, helpers, traced


class Ground:
    """A folder with templates; `fresh` copies one, its programs by hard links."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fresh(self, template: str, name: str = "host") -> Path:
        """Return a copy of a template, in place of the copy of that name before it."""
        source, target = self.folder / template, self.folder / name
        if target.exists():
            shutil.rmtree(target)
        target.mkdir()
        inside = sorted(source.iterdir())
        own = [path for path in inside if path.name not in PROGRAMS]
        subprocess.run(["cp", "-a", *own, target], check=True)
        if len(own) < len(inside):
            linked = [path for path in inside if path.name in PROGRAMS]
            subprocess.run(["cp", "-al", *linked, target], check=True)
        return target

    def traces(self, work: Callable[[], Any], gate: Gate = helpers) -> Path:
        """Do the work under strace; return the folder with what it and its helpers called."""
        folder = Path(tempfile.mkdtemp(dir=self.folder, prefix="traces-"))
        traced(work, folder, gate)
        return folder
