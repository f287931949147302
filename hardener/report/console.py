"""Lines for people: one a step and host, differences below it, a recap at the end.

Results go to standard output, progress and errors to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from hardener.events import Event
from hardener.report.base import Reporter
from hardener.report.held import Held
from hardener.report.lines import Lines, clean, minute, sized
from hardener.report.profile import Profile
from hardener.report.progress import Progress
from hardener.report.recap import Recap

WOULD = {"restored": "planned", "merged": "planned", "fired": "planned"}
NOTES = {"merged": "what was edited since stays", "fired": "once everything else is back"}
UNDO = {"best effort": "  (undone by best effort)", "irreversible": "  (can't be undone)"}


class ConsoleReport(Reporter):
    """Prints as it happens; `diff` shows what changes within a resource."""

    undo: Mapping[str, str] = UNDO  # what is said of changes that can't be undone exactly

    def __init__(self, diff: bool, stream: TextIO | None = None) -> None:
        super().__init__()
        self.diff = diff
        self.out = Lines(stream)
        self._recap = Recap()
        self._profile = Profile()
        self._planned: dict[str, Held] = {}
        self._explained: set[str] = set()  # hosts of which a reason was shown in this play
        self._told_about = ("", "")  # host and place of the step whose reason was shown last
        self.progress = Progress(sys.stderr, self._lock)

    def show(self, event: Event) -> None:
        self.progress.wipe()
        self.progress.see(event)
        method: Callable[[Event], None] | None = getattr(self, f"on_{event.name}", None)
        if method:
            method(event)
        self.progress.again()

    def end(self) -> None:
        self.progress.end()
        for line in self._profile.lines():
            sys.stderr.write(line + "\n")

    def on_took(self, event: Event) -> None:
        self._profile.add(event)

    def on_play(self, event: Event) -> None:
        hosts = event.data["hosts"]
        count = {0: "no hosts matched", 1: "1 host"}.get(len(hosts), f"{len(hosts)} hosts")
        self.out.parts(("play ", "dim"), (clean(event.data["name"]), "bold"), (f"  {count}", "dim"))

    def on_rollback(self, event: Event) -> None:
        of, playbook = event.data["of"], event.data["playbook"].rpartition("/")[2]
        words = (
            ("rollback of ", "dim"),
            (clean(of), "bold"),
            (f"  {clean(playbook)}".rstrip(), "dim"),
        )
        self.out.parts(*words)

    def on_step(self, event: Event) -> None:
        """An apply plans first: what was planned is shown only where nothing had to be done."""
        if event.data["stage"] == "convergence":
            self._flush(event.host)
        if self.stage == "apply" and event.data["stage"] == "preview":
            self._planned.setdefault(event.host, Held()).add(event)
        else:
            self._step(event)

    def _step(self, event: Event) -> None:
        data = event.data
        planned = data["stage"] == "preview" and data["status"] == "changed"
        word = "planned" if planned else data["status"]
        self.out.line(word, event.host, data["title"], self.remark(data))
        if planned:
            self._about(event)
        for note in data["notes"]:
            self.out.below("note: " + note, "cyan")
        for change in data["changes"]:
            self._change(change)
        self._error(data.get("error"), event.host)

    def _about(self, event: Event) -> None:
        """Say why a step is there, once for all items of its loop."""
        told = (event.host, event.data["where"])
        for word, text in event.data.get("about", {}).items() if told != self._told_about else ():
            self.out.below(f"{word}: {text}", "dim")
        self._told_about = told

    def remark(self, data: Mapping[str, Any]) -> str:
        """Say beside a step's title where it stands, if it broke, or why it ended so."""
        broke = data["status"] in ("failed", "ignored", "rescued")
        return str(data["where"] if broke else data["why"])

    def _change(self, change: Mapping[str, Any]) -> None:
        word = self.undo.get(change["reverse"], "")
        self.out.below(f"{change['action']} {change['resource']}{word}", "bold")
        self.out.diff(change["diff"] if self.diff else ())

    def _error(self, error: Mapping[str, Any] | None, host: str) -> None:
        if error:
            self._explained.add(host)
            place = f"{error['where']}: " if error.get("where") else ""
            self.out.below(f"{place}{error['what']}", "red")
            self.out.below(error.get("why") or "", "red")
            if error.get("hint"):
                self.out.below("hint: " + error["hint"])

    def _flush(self, host: str) -> None:
        for planned in self._planned.pop(host, ()):
            self._step(planned)

    def on_check(self, event: Event) -> None:
        data = event.data
        if data["when"] == "verify":
            self._flush(event.host)
        word = {True: "ok", False: "failed", None: "skipped"}[data["ok"]]
        broke = data["ok"] is False
        note = data.get("where", "") if broke else data["why"]
        self.out.line(word, event.host, f"{data['when']}: {data['title']}", note)
        self.out.below(data["why"] if broke else "", "red")
        if broke:
            self._explained.add(event.host)

    def on_phase(self, event: Event) -> None:
        if event.data["phase"] == "apply":
            self._planned.pop(event.host, None)
            return
        self.out.line(event.data["phase"], event.host, event.data.get("why", ""))

    def on_risk(self, event: Event) -> None:
        """Said of the preview, and before an apply."""
        guard = event.data["guard"]
        note = event.data.get("why") or (
            f"undone in {guard['within']:.0f} s unless a new login confirms it"
            if guard
            else "and nothing undoes that: --confirm off"
        )
        self.out.line("risk", event.host, "could lock you out", note)
        for resource in event.data["resources"]:
            self.out.below(resource)
        for why in event.data.get("unasked", ()):
            self.out.below("not tried beforehand: " + why, "dim")

    def on_undone(self, event: Event) -> None:
        data = event.data
        self._recap.undone(event)
        word = (
            WOULD.get(data["status"], data["status"])
            if data["stage"] == "preview"
            else data["status"]
        )
        note = data["why"] or NOTES.get(data["status"], "")
        self.out.line(word, event.host, data["resource"], note)
        self.out.diff(data["diff"] if self.diff or data["status"] == "conflict" else ())

    def on_diverged(self, event: Event) -> None:
        self.out.line("diverged", event.host, event.data["resource"], event.data["why"])

    def on_error(self, event: Event) -> None:
        self.out.line(event.data.get("status", "failed"), event.host, "")
        self._error(event.data, event.host)

    def on_done(self, event: Event) -> None:
        """Say why a play did not come to its end, unless a step or check has said it."""
        diff, self.diff = self.diff, self.diff or (self.held and event.data["status"] == "refused")
        self._flush(event.host)
        self.diff = diff
        if event.data.get("error") and event.host not in self._explained:
            self.out.line(event.data["status"], event.host, "")
            self._error(event.data["error"], event.host)
        self._explained.discard(event.host)
        self._recap.done(event, self.stage)

    def on_run(self, event: Event) -> None:
        """One run that a host remembers."""
        data = event.data
        if "at" not in data:
            return
        note = f"{data['standing']} of {data['changes']} changes stand"
        if removed := data.get("removed"):
            note += f", snapshot removed {minute(removed['at'])} ({removed['why']})"
        if left := data.get("left"):
            note += f", undone in {left:.0f} s unless `harden confirm {data['run']}` keeps it"
        self._run(event, note)

    def _run(self, event: Event, note: str) -> None:
        data = event.data
        what = f"{data['what']} of {data['of']}" if data["of"] else data["playbook"]
        text = f"{minute(data['at'])}  {data['run']}  {what}"
        self.out.line(f"{data['status']:<18}", event.host, text, note)

    def on_snapshot(self, event: Event) -> None:
        """What one run keeps on a host."""
        data = event.data
        held = f"{sized(data['bytes'])}, {sized(data['alone'])} alone"
        undone = "can be undone" if data["undoable"] else "nothing to undo"
        kept = f", kept: {data['kept']}" if data["kept"] else ""
        self._run(event, f"{held}, {undone}{kept}")

    def on_snapshots(self, event: Event) -> None:
        data = event.data
        runs = "1 run" if data["runs"] == 1 else f"{data['runs']} runs"
        self.out.line(f"{'in all':<18}", event.host, f"{runs}, {sized(data['bytes'])}")

    def on_pruned(self, event: Event) -> None:
        """After a run one line; who asked for it is shown each."""
        data = event.data
        count = len(data["runs"])
        names = "1 older snapshot" if count == 1 else f"{count} older snapshots"
        planned = data["stage"] == "preview"
        words = ("would be removed", "would be free") if planned else ("removed", "free")
        if count or data["bytes"]:
            text = f"{names} {words[0]}, {sized(data['bytes'])} {words[1]}"
            self.out.line("planned" if planned else "pruned", event.host, text)
        for each in data["runs"] if self.diff else ():
            self.out.below(f"{each['run']}  {each['why']}")
        for each in data["kept"] if self.diff else ():
            self.out.below(f"{each['run']}  kept: {each['why']}")

    def on_recorded(self, event: Event) -> None:
        word = "stands" if event.data["stands"] else "undone"
        self._resource(word, event)

    def on_drift(self, event: Event) -> None:
        self._resource("moved", event)

    def _resource(self, word: str, event: Event) -> None:
        self.out.line(word, event.host, event.data["resource"], event.data["title"])
        self.out.diff(event.data["diff"])

    def on_facts(self, event: Event) -> None:
        self.out.parts((json.dumps({event.host: event.data["facts"]}, indent=2), ""))

    def on_pause(self, event: Event) -> None:
        self.out.line("pause", "", f"{event.data['seconds']:.0f} s before the next batch")

    def on_interrupted(self, event: Event) -> None:
        sys.stderr.write(f"interrupted: {event.data['why']}\n")
        sys.stderr.flush()

    def on_stopped(self, event: Event) -> None:
        self.out.line("failed", "", event.data["why"])

    def recap(self, statuses: Mapping[str, str], run: str, again: str = "") -> None:
        self.progress.end()
        self._recap.show(self.out, statuses, run and run + self.flags, self.stage)
        if again:
            self.out.parts((f"to go on: {again}", "dim"))
