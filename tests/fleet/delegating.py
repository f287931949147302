"""Hosts that are folders and have things done by one another, and the steps for that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet.folders import Fleet
from tree import listing

from hardener.connect import Direct
from hardener.events import Event
from hardener.fleet.begun import Begun
from hardener.fleet.options import Options
from hardener.fleet.plan import Plan
from hardener.fleet.run import PlaybookRun
from hardener.fleet.undo import each_host
from hardener.inventory import load
from hardener.playbook import read_playbook

HEAD = "- name: play\n  hosts: a\n  steps:\n"
OUT = """
    - name: take it out
      file: {path: "/etc/out", content: "{{ inventory_hostname }} {{ word }} {{ facts.cpu.count }}\\n"}
      delegate_to: lb
"""
OWN = '    - {name: own, file: {path: /etc/own, content: "x\\n"}}\n'
FAILS = '    - {name: fails, file: {path: /etc/none/x, content: "{{ late.changed }}"}}\n'
LATE = '    - {name: late, file: {path: /etc/late, content: "x"}, register: late}\n'
BREAKS = (
    LATE
    + "    - {name: breaks, line: {path: /etc/own, regexp: \"{{ late.changed and '(' }}\", line: x}}\n"
)
AGAIN = OUT.replace("take it out", "again").replace("/etc/out", "/etc/again")
THERE = """
    - {name: first, file: {path: /etc/first, content: x}, register: first}
    - {name: there, line: {path: /etc/t, create: true, regexp: "{{ first.changed and '(' }}", line: x}, delegate_to: lb%s}
"""


class Delegating(Fleet):
    """Hosts a, b and lb, which know each other by the variable `word`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ["a", "b", "lb"])
        self.begun = Begun()
        self.heard: Callable[[Event], None] = lambda event: None
        hosts = {
            name: {"root": str(folder / name), "word": f"word-of-{name}"} for name in self.names
        }
        (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        self.before = self.trees()

    def work(
        self, text: str, kind: Any = PlaybookRun, plan: Plan | None = None, **given: Any
    ) -> Any:
        (self.folder / "play.yml").write_text(text)
        hosts = str(self.folder / "hosts.json")
        inventory = load([hosts], playbook_dir=self.folder)
        options = Options(inventory=(hosts,), forks=4, **given)
        book = read_playbook(self.folder / "play.yml")
        self.events.clear()
        return kind(book, inventory, options, Direct(), self.told, "20260101-000000-aaaaaa",
                    lambda begun, left: setattr(self, "begun", begun), plan)  # fmt: skip

    def told(self, event: Event) -> None:
        self.events.append(event)
        self.heard(event)

    def go(self, text: str, *, dry_run: bool = False, **given: Any) -> dict[str, str]:
        with self.work(text, dry_run=dry_run, **given) as self.run:
            return dict(self.run.go(dry_run=dry_run))

    def trees(self) -> dict[str, Any]:
        """All that is on the hosts but what hardener itself keeps."""
        return {name: listing(self.folder / name / "etc") for name in self.names}

    def text(self, host: str, file: str) -> str | None:
        path = self.folder / host / "etc" / file
        return path.read_text() if path.is_file() else None

    def steps(self, stage: str = "apply") -> list[tuple[str, str, str]]:
        said = [e for e in self.said("step") if e.data["stage"] == stage]
        return [(e.host, e.data["title"], e.data["status"]) for e in said]

    def why(self, host: str) -> dict[str, Any]:
        return [e.data["error"] for e in self.said("done") if e.host == host][-1]

    def undo(self) -> dict[str, str]:
        """What `harden rollback` does on the hosts of the record."""
        options = Options(inventory=(str(self.folder / "hosts.json"),))
        hosts, users = self.begun.hosts, self.begun.users
        return each_host(
            options, [host for host, word in hosts.items() if word != "ok"], Direct(), self.told,
            lambda session: session.do("rollback", target=self.run.run, run="20260101-000001-bbbbbb"),
            users,
        )  # fmt: skip
