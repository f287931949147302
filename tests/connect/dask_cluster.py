"""A real scheduler and workers, each a process, on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from until import until

DASK = Path(sys.executable).with_name("dask")


@dataclass
class Cluster:
    """The scheduler writes where it listens into a file of `folder`; logs lie beside it. `popen` starts it."""

    folder: Path
    popen: Callable[..., subprocess.Popen[Any]] = subprocess.Popen
    protocol: str = "tcp"  # or tls, by the certificates of Dask's own configuration
    processes: dict[str, subprocess.Popen[Any]] = field(default_factory=dict)

    def __enter__(self) -> Cluster:
        self._start("scheduler", "--port", "0", "--scheduler-file", str(self._file))
        until(self._file.exists, 60)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    @property
    def _file(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def url(self) -> str:
        """As `--executor` takes it."""
        address: str = json.loads(self._file.read_text())["address"]
        return address.replace("tcp://", "dask://").replace("tls://", "dask+tls://")

    def worker(self, name: str) -> None:
        """Start one of one thread, and wait until the scheduler knows it."""
        self._start(
            "worker", "--scheduler-file", str(self._file), "--nthreads", "1", "--no-nanny",
            "--name", name, "--death-timeout", "60", log=name,
        )  # fmt: skip
        until(lambda: b"Registered to" in self.log(name), 60)

    def log(self, name: str) -> bytes:
        return (self.folder / f"{name}.log").read_bytes()

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def _start(self, what: str, *words: str, log: str = "") -> None:
        name = log or what
        with (self.folder / f"{name}.log").open("wb") as file:
            self.processes[name] = self.popen(
                [str(DASK), what, *words, "--host", "127.0.0.1", "--no-dashboard", "--protocol", self.protocol],
                stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.folder,
            )  # fmt: skip
