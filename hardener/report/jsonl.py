"""One JSON object a line on standard output, as it happens."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from hardener.events import Event
from hardener.report.base import Reporter


class JsonLines(Reporter):
    """Every event as `{"event": …, "host": …, …}`; the last line is the recap."""

    def show(self, event: Event) -> None:
        sys.stdout.write(json.dumps(event.plain()) + "\n")
        sys.stdout.flush()

    def recap(self, statuses: Mapping[str, str], run: str, again: str = "") -> None:
        self(Event("recap", "", {"run": run, "hosts": dict(statuses)}))
