"""Lines for people: one a step and host, differences below it, a recap at the end.

Results go to standard output, progress and errors to standard error. Colour only on
a terminal and without NO_COLOR; text from hosts loses its control characters.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from hardener.events import Event
from hardener.report.base import Reporter
from hardener.report.progress import Progress

STYLES = {
    "ok": "green",
    "changed": "yellow",
    "skipped": "cyan",
    "failed": "bold red",
    "ignored": "magenta",
    "unknown": "magenta",
    "pending": "yellow",
    "planned": "yellow",
    "rolled back": "bold magenta",
    "unreachable": "bold red",
    "refused": "bold red",
    "partly rolled back": "bold red",
    "restored": "green",
    "merged": "green",
    "fired": "green",
    "conflict": "bold red",
    "irreversible": "bold red",
}
UNDO = {"best effort": "  (undone by best effort)", "irreversible": "  (can't be undone)"}
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan", "!": "yellow", "?": "magenta"}


class ConsoleReport(Reporter):
    """Prints as it happens; `diff` shows what changes within a resource."""

    def __init__(self, diff: bool) -> None:
        super().__init__()
        self.diff = diff
        self._print = in_colour() if is_terminal() else plainly
        self._counts: dict[str, dict[str, int]] = {}
        self._planned: dict[str, list[Event]] = {}
        self.progress = Progress(sys.stderr, self._lock)

    def show(self, event: Event) -> None:
        self.progress.wipe()
        self.progress.done(event.host)
        method: Callable[[Event], None] | None = getattr(self, f"on_{event.name}", None)
        if method:
            method(event)

    def end(self) -> None:
        self.progress.end()

    def on_started(self, event: Event) -> None:
        self.progress.begin(event.host, clean(event.data["title"]))

    def line(self, status: str, host: str, text: str, note: str = "", wide: int = 9) -> None:
        self._print(
            (f"{status:<{wide}}", STYLES.get(status, "")),
            (f" {clean(host)}  " if host else " ", "bold"),
            (clean(text), ""),
            (f"  {clean(note)}" if note else "", "dim"),
        )

    def below(self, text: str, style: str = "") -> None:
        for part in text.splitlines():
            self._print(("            " + clean(part), style))

    def on_play(self, event: Event) -> None:
        hosts = event.data["hosts"]
        for host in hosts:
            self.progress.begin(host, "connecting")
        count = (
            "no hosts matched"
            if not hosts
            else "1 host"
            if len(hosts) == 1
            else f"{len(hosts)} hosts"
        )
        self._print(("play ", "dim"), (clean(event.data["name"]), "bold"), (f"  {count}", "dim"))

    def on_step(self, event: Event) -> None:
        """An apply plans first: what was planned is shown only where nothing had to be done."""
        if self.stage == "apply" and event.data["stage"] == "preview":
            self._planned.setdefault(event.host, []).append(event)
        else:
            self._step(event)

    def _step(self, event: Event) -> None:
        data = event.data
        planned = data["stage"] == "preview" and data["status"] == "changed"
        self.line("planned" if planned else data["status"], event.host, data["title"], data["why"])
        for note in data["notes"]:
            self.below("note: " + note, "cyan")
        for change in data["changes"]:
            self._change(change)
        self._error(data.get("error"))

    def _change(self, change: Mapping[str, Any]) -> None:
        word = UNDO.get(change["reverse"], "")
        self.below(f"{change['action']} {change['resource']}{word}", "bold")
        for line in change["diff"] if self.diff else ():
            self.below("  " + line, DIFF_STYLES.get(line[:1], ""))

    def _error(self, error: Mapping[str, Any] | None) -> None:
        if error:
            place = f"{error['where']}: " if error.get("where") else ""
            self.below(f"{place}{error['what']}", "red")
            self.below(error.get("why") or "", "red")
            if error.get("hint"):
                self.below("hint: " + error["hint"])

    def _flush(self, host: str) -> None:
        for planned in self._planned.pop(host, ()):
            self._step(planned)

    def on_check(self, event: Event) -> None:
        data = event.data
        if data["when"] == "verify":
            self._flush(event.host)
        word = {True: "ok", False: "failed", None: "skipped"}[data["ok"]]
        self.line(word, event.host, f"{data['when']}: {data['title']}", data["why"])

    def on_phase(self, event: Event) -> None:
        if event.data["phase"] == "apply":
            self._planned.pop(event.host, None)
            return
        self.line(event.data["phase"], event.host, event.data.get("why", ""))

    def on_undone(self, event: Event) -> None:
        data = event.data
        self.line(data["status"], event.host, data["resource"], data["why"])
        for line in data["diff"] if self.diff or data["status"] == "conflict" else ():
            self.below("  " + line, DIFF_STYLES.get(line[:1], ""))

    def on_diverged(self, event: Event) -> None:
        self.line("diverged", event.host, event.data["resource"], event.data["why"])

    def on_error(self, event: Event) -> None:
        self.line(event.data.get("status", "failed"), event.host, "")
        self._error(event.data)

    def on_done(self, event: Event) -> None:
        self._flush(event.host)
        self._counts[event.host] = dict(event.data["counts"])
        if event.data["status"] != "pending":
            for resource, status, why in event.data["left"]:
                self.below(f"{status}: {resource}: {why}", "red")

    def on_run(self, event: Event) -> None:
        """One run that a host remembers."""
        data = event.data
        if "at" not in data:
            return
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(data["at"] or 0))
        what = f"{data['what']} of {data['of']}" if data["of"] else data["playbook"]
        note = f"{data['standing']} of {data['changes']} changes stand"
        self.line(data["status"], event.host, f"{at}  {data['run']}  {what}", note, wide=18)

    def on_recorded(self, event: Event) -> None:
        word = "stands" if event.data["stands"] else "undone"
        self._resource(word, event)

    def on_drift(self, event: Event) -> None:
        self._resource("moved", event)

    def _resource(self, word: str, event: Event) -> None:
        self.line(word, event.host, event.data["resource"], event.data["title"])
        for line in event.data["diff"]:
            self.below("  " + line, DIFF_STYLES.get(line[:1], ""))

    def on_facts(self, event: Event) -> None:
        self._print((json.dumps({event.host: event.data["facts"]}, indent=2), ""))

    def on_stopped(self, event: Event) -> None:
        self.line("failed", "", event.data["why"])

    def recap(self, statuses: Mapping[str, str], run: str) -> None:
        self.progress.end()
        self._print(("recap", "dim"))
        for host, status in sorted(statuses.items()):
            counts = ", ".join(
                f"{n} {word}" for word, n in sorted(self._counts.get(host, {}).items())
            )
            self.line(status, host, counts, wide=12)
        if run:
            self._print((f"to undo: harden rollback {run}", "dim"))


def clean(text: str) -> str:
    """Show control characters instead of obeying them."""
    return "".join(c if c.isprintable() or c == "\t" else f"\\x{ord(c):02x}" for c in text)


Printer = Callable[..., None]
"""Takes the parts of a line, each a pair of text and style."""


def is_terminal() -> bool:
    """Tell whether somebody looks; FORCE_COLOR says that somebody will (force-color.org)."""
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def plainly(*parts: tuple[str, str]) -> None:
    """Print a line for a file or a pipe: there is no style, and nothing to load for it."""
    sys.stdout.write("".join(text for text, _ in parts) + "\n")
    sys.stdout.flush()


def in_colour() -> Printer:
    """Return what prints lines by rich, which sees to NO_COLOR."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, markup=False, highlight=False, soft_wrap=True)
    return lambda *parts: console.print(Text.assemble(*parts))
