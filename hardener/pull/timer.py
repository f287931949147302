"""The timer that pulls: a playbook of one step, kept and rolled back as any other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

NAME = "harden-pull"
SAFE = re.compile(r"[A-Za-z0-9_@:,./=+-]+")


def playbook(folder: Path, words: Sequence[str], every: str, splay: float) -> Path:
    """Write the playbook that installs it; `words` is the command line that it runs."""
    step = {
        "name": NAME,
        "description": "Take playbooks from a git repository and apply them here",
        "command": " ".join(map(quoted, words)),
        "on_boot": "2min",
        "on_unit_active": every,
        "randomized_delay": int(splay),
    }
    play = {"name": "Pull from now on", "hosts": "all", "steps": [{"systemd_timer": step}]}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "install.yml"
    path.write_text(yaml.safe_dump([play], sort_keys=False), "utf-8")
    return path


def quoted(word: str) -> str:
    """Write a word as ExecStart= takes it (systemd.service(5), COMMAND LINES)."""
    text = word.replace("%", "%%").replace("$", "$$")
    if SAFE.fullmatch(text.replace("%%", "").replace("$$", "") or "x"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
