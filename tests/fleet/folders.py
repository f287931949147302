"""Hosts that are folders, and plays for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hardener.connect import Direct
from hardener.events import Event
from hardener.fleet.begun import Begun
from hardener.fleet.options import Options
from hardener.fleet.run import PlaybookRun
from hardener.inventory import load
from hardener.playbook import read_playbook

PLAY = """
- hosts: all
  {keys}
  preflight:
    - file: {{path: /etc/well}}
  steps:
    - file: {{path: /etc/y, content: "y"}}
"""


class Fleet:
    """Hosts that are folders, and a playbook for them."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names
        self.events: list[Event] = []
        self.forks = 4
        self.remember: Callable[[Begun, Sequence[str]], None] = lambda begun, left: None
        for name in names:
            (folder / name / "etc").mkdir(parents=True)
            (folder / name / "etc/well").touch()
        hosts: dict[str, Any] = {name: {"root": str(folder / name)} for name in names}
        web = {"web": {"hosts": {name: {} for name in names}}}
        (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "children": web}}))

    def breaks(self, *names: str) -> None:
        """Let the preflight check fail."""
        for name in names:
            (self.folder / name / "etc/well").unlink()

    def apply(self, text: str, run_id: str = "run", **extra: object) -> dict[str, str]:
        (self.folder / "play.yml").write_text(text)
        inventory = load([str(self.folder / "hosts.json")], playbook_dir=self.folder)
        options = Options(
            inventory=(str(self.folder / "hosts.json"),), forks=self.forks, extra_vars=extra
        )
        book = read_playbook(self.folder / "play.yml")
        self.events.clear()
        with PlaybookRun(
            book, inventory, options, Direct(), self.events.append, run_id, self.remember
        ) as run:
            return dict(run.go(dry_run=False))

    def done(self, file: str = "etc/y") -> list[str]:
        return [name for name in self.names if (self.folder / name / file).is_file()]

    def said(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]


def play(keys: str = "gather_facts: true") -> str:
    return PLAY.format(keys=keys)
