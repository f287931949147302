"""A folder with an inventory and a playbook, and `harden` run there as people run it."""

import json
import os
import resource
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

EVIL = Path(__file__).with_name("evil.py")
HARDEN = Path(sys.executable).with_name("harden")
MEMORY = 2 << 30  # of address space, for thirty hosts that send as much as they may


def bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell ignores it for what it starts with `&`


class Site:
    """Its hosts are on this machine: an honest one has a tree of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hosts: dict[str, dict[str, Any]] = {}
        (folder / "root/etc").mkdir(parents=True)

    def host(self, name: str, **settings: Any) -> None:
        self.hosts[name] = settings
        inventory = {"all": {"hosts": self.hosts, "vars": {"connection": "local"}}}
        (self.folder / "hosts.json").write_text(json.dumps(inventory))

    def evil(self, fault: str) -> None:
        """Add a host whose Python does what evil.py calls by this name; FAULT.says tells that it was asked."""
        path = self.folder / f"python-{fault}"
        words = " ".join(map(shlex.quote, (sys.executable, str(EVIL))))
        says = shlex.quote(str(self.folder / f"{fault}.says"))
        path.write_text(f'#!/bin/sh\nEVIL={fault} SAYS={says} exec {words} "$@"\n')
        path.chmod(0o755)
        self.host(fault, python=str(path))

    def play(self, *steps: str) -> None:
        lines = [f"    - {step}\n" for step in steps]
        (self.folder / "play.yml").write_text(
            "- name: play\n  hosts: all\n  steps:\n" + "".join(lines)
        )

    def start(self, *words: str) -> "subprocess.Popen[str]":
        environment = {
            **os.environ,
            "XDG_STATE_HOME": str(self.folder / "state"),
            "LC_ALL": "C.UTF-8",
        }
        return subprocess.Popen(
            [str(HARDEN), *words], cwd=self.folder, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=bounded,  # noqa: PLW1509 - it takes no lock
        )  # fmt: skip

    def harden(self, *words: str) -> "subprocess.CompletedProcess[str]":
        started = self.start(*words)
        out, err = started.communicate(timeout=300)
        return subprocess.CompletedProcess(words, started.returncode, out, err)
