"""Hosts by steps, as text: what each has done, where it is, who and what is slow, how long it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hardener.dataclass import dataclass, field
from hardener.events import Event
from hardener.report.lines import clean

PATIENCE = 1.0  # seconds before anything is shown
CELLS = {
    "ok": "=",
    "changed": "+",
    "skipped": "-",
    "not applicable": "-",
    "off": "-",
    "failed": "!",
    "ignored": "!",
    "rescued": "!",
    "unknown": "?",
    "elsewhere": "=",
}
LEFT, NOW = "·", ">"
FINE = ("ok", "changed", "pending", "confirmed", "unconfirmed")
ROWS, WIDEST = 20, 60  # hosts that are shown at most, and cells
PLANNING = 0.1  # of the time of a play, about
SOON = 5.0  # seconds before the time left is guessed at


@dataclass
class Row:
    """One host of the play; `at` is the number of the step that it has come to."""

    name: str
    begun: float = 0.0
    ended: float = 0.0
    status: str = ""
    applies: bool = False
    at: int = 0
    title: str = ""
    since: float = 0.0
    cells: dict[int, str] = field(default_factory=dict)

    def took(self, now: float) -> float:
        return (self.ended or now) - self.begun if self.begun else 0.0

    def share(self, steps: int) -> float:
        """How much of its play it has behind it, about."""
        if self.status:
            return 1.0
        done = max(0, self.at - 1) / steps
        return PLANNING + (1 - PLANNING) * done if self.applies else PLANNING * done


class Grid:
    """The newest play; of one host there is nothing to show."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._reached: set[str] = set()  # whoever is connected stays so for the plays to come
        self._steps = 0
        self._begun = 0.0
        self._slow: dict[str, tuple[float, str]] = {}  # by title: seconds, host

    def see(self, event: Event, now: float) -> None:
        """Take in an event that came now."""
        if event.name == "play":
            self._rows = {host: Row(host) for host in event.data["hosts"]}
            self._steps, self._begun, self._slow = event.data.get("steps", 0), now, {}
        row = self._rows.get(event.host)
        if row is None:
            return
        data = event.data
        if event.name == "connected":
            self._reached.add(event.host)
        elif event.name == "started":
            row.begun, row.since = row.begun or now, now
            row.at, row.title = data["number"], data["title"]
            row.cells[row.at] = NOW
        elif event.name == "step":
            self._step(row, data, now)
        elif event.name == "phase" and data["phase"] == "apply":
            row.applies, row.at, row.cells = True, 0, {}
        elif event.name in ("done", "error"):
            row.status, row.ended, row.begun = data.get("status", "failed"), now, row.begun or now

    def _step(self, row: Row, data: Mapping[str, object], now: float) -> None:
        number, title = int(str(data["number"])), str(data["title"])
        if data["stage"] == "convergence":
            return
        row.begun = row.begun or now
        if row.since and row.title == title:
            self._slow[title] = max(self._slow.get(title, (0.0, "")), (now - row.since, row.name))
        row.at, row.title, row.since = number + 1, "", 0.0
        row.cells[number] = CELLS.get(str(data["status"]), "=")

    def lines(self, now: float, columns: int, height: int) -> list[str]:
        """Return the lines to draw; none where one host, or nobody, is at work."""
        rows = self._rows.values()
        if len(rows) < 2 or now - self._begun < PATIENCE or all(row.status for row in rows):
            return []
        shown, wide = self._shown(height), max(map(len, self._rows))
        name = min(wide, max(8, columns // 4))
        cells = min(WIDEST, max(10, columns - name - 14))
        lines = [
            *(self._row(row, now, name, cells) for row in shown),
            *(part for line in self._foot(now, len(shown)) for part in broken(line, columns - 1)),
        ]
        return lines[: max(1, height - 1)]

    def _shown(self, height: int) -> Sequence[Row]:
        """Return the rows that there is room for: those at work, the longest first, then failures."""
        at_work = [row for row in self._rows.values() if row.begun and not row.status]
        at_work.sort(key=lambda row: row.begun)
        bad = [row for row in self._rows.values() if row.status and row.status not in FINE]
        return [*at_work, *bad][: max(1, min(ROWS, height - 6))]

    def _row(self, row: Row, now: float, name: int, cells: int) -> str:
        where = row.status or (f"{row.title} ({now - row.since:.0f} s)" if row.title else "")
        return f"{clean(row.name)[:name]:<{name}} {self._cells(row, cells)} {clean(where)}"

    def _cells(self, row: Row, most: int) -> str:
        """Return a sign for each step; for each few of them where they are many."""
        steps = max(self._steps, *row.cells, 1) if row.cells else max(self._steps, 1)
        each = -(-steps // most)
        cells = [row.cells.get(number, LEFT) for number in range(1, steps + 1)]
        parts = [cells[first : first + each] for first in range(0, steps, each)]
        return "".join(min(part, key="!>·+?=-".index) for part in parts)

    def _foot(self, now: float, shown: int) -> list[str]:
        rows = list(self._rows.values())
        done = [row for row in rows if row.status]
        bad = len([row for row in done if row.status not in FINE])
        begun = any(row.begun and row.status != "unreachable" for row in rows)
        reached = len([row for row in rows if row.name in self._reached])
        words = [
            f"{len(done)} of {len(rows)} hosts done"
            if begun
            else f"{reached} of {len(rows)} hosts connected"
        ]
        words += [f"{bad} not well"] if bad else []
        if not begun:
            return [", ".join(words)]
        waiting = len([row for row in rows if not row.begun and not row.status])
        words += [f"{waiting} not begun"] if waiting else []
        hidden = len([row for row in rows if row.begun and not row.status]) - shown
        words += [f"{hidden} more at work"] if hidden > 0 else []
        return [", ".join([*words, *self._left(now)]), *self._slowest(now)]

    def _left(self, now: float) -> list[str]:
        """Guess how long the rest takes, by the share that is done."""
        gone = now - self._begun
        share = sum(row.share(max(self._steps, 1)) for row in self._rows.values()) / len(self._rows)
        if gone < SOON or share < 0.05:
            return []
        return [f"about {span(gone / share - gone)} left"]

    def _slowest(self, now: float) -> list[str]:
        hosts = sorted(self._rows.values(), key=lambda row: -row.took(now))[:3]
        said = [f"{clean(row.name)} {span(row.took(now))}" for row in hosts if row.begun]
        steps = sorted(self._slow.items(), key=lambda each: -each[1][0])[:2]
        said += [f"«{clean(title)}» {span(took)} on {clean(host)}" for title, (took, host) in steps]
        return ["slowest: " + ", ".join(said)] if said else []


def broken(line: str, columns: int) -> list[str]:
    """Break a line at its commas where a terminal is narrow."""
    lines = [""]
    for part in line.split(", "):
        longer = f"{lines[-1]}, {part}" if lines[-1] else part
        lines = [*lines[:-1], longer] if len(longer) <= columns or not lines[-1] else [*lines, part]
    return lines


def span(seconds: float) -> str:
    """Write a time as people say it."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(seconds, 0):.0f} s"
