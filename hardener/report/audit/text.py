"""An audit as lines for people; quietly, only what is not as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from hardener.events import Event
from hardener.report.audit.controls import Coverage
from hardener.report.console import ConsoleReport

FINE = ("ok", "skipped", "not applicable", "off", "unknown")
WRONG = ("differs", "unseen", "failed")


class AuditText(ConsoleReport):
    """As other reports; `quiet` says nothing where there is nothing to do: cron mails what is said."""

    stage = "audit"
    undo: Mapping[str, str] = {}

    def __init__(self, quiet: bool = False, stream: TextIO | None = None) -> None:
        super().__init__(diff=True, stream=stream)
        self.quiet = quiet

    def on_play(self, event: Event) -> None:
        if not self.quiet:
            super().on_play(event)

    def on_step(self, event: Event) -> None:
        if not (self.quiet and event.data["status"] in FINE):
            super().on_step(event)

    def remark(self, data: Mapping[str, Any]) -> str:
        place = data["where"] if data["status"] in WRONG else ""
        controls = f"[{', '.join(data['controls'])}]" if data["controls"] else ""
        return "  ".join(filter(None, (controls, place, data["why"])))

    def cover(self, rows: Sequence[Coverage]) -> None:
        """Show by standard what its controls came to."""
        if self.quiet or not rows:
            return
        self.out.parts(("controls", "bold"))
        for row in rows:
            counts = ", ".join(
                f"{row.counts[word]} {word}" for word in row.counts if row.counts[word]
            )
            self.out.parts((f"{row.standard}  {counts}", ""))

    def recap(self, statuses: Mapping[str, str], run: str, again: str = "") -> None:
        if not self.quiet:
            super().recap(statuses, run, again)
