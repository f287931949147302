"""The end of a report: one line a host, what is left to do there, and how to undo it all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from hardener.events import Event
from hardener.report.lines import STYLES, Lines, clean

UNCHANGED = ("pending", "refused")  # what was counted as changed there was only planned
MANY = 3  # conflicts that a line has room for
WORDS = {"changed": "to change", "undone": "to undo", "removed": "to remove"}
WOULD = {"rolled back": "pending", "partly rolled back": "pending"}
PUT_BACK = ("restored", "merged", "fired")


def phrase(word: str, number: int) -> str:
    """Say how many there are of a kind: `3 ok`, `2 changes undone`."""
    if word not in ("undone", "to undo"):
        return f"{number} {word}"
    return f"{number} {'change' if number == 1 else 'changes'} {word}"


def _worst_last(row: tuple[str, str]) -> tuple[bool, str]:
    """Sort by name; what one has to look at comes last, where a screen still shows it."""
    host, status = row
    return STYLES.get(status, "").startswith("bold"), host


class Recap:
    """Counts what is reported of each host."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._put_back: Counter[str] = Counter()
        self._left: dict[str, list[Sequence[str]]] = defaultdict(list)

    def undone(self, event: Event) -> None:
        self._put_back[event.host] += event.data["status"] in PUT_BACK

    def done(self, event: Event, stage: str) -> None:
        """Add the counts of a play to those of the plays before it in this stage."""
        self._counts[stage, event.host].update(event.data["counts"])
        self._left[event.host] += event.data["left"]

    def show(
        self, lines: Lines, statuses: Mapping[str, str], run: str, stage: str = "apply"
    ) -> None:
        """Print it; in the preview of a rollback nothing has been rolled back yet.

        `run` is what `harden rollback` has to be given, empty where there is nothing to undo.
        """
        if stage == "preview":
            statuses = {host: WOULD.get(status, status) for host, status in statuses.items()}
        lines.parts(("recap", "dim"))
        wide = max((len(status) for status in statuses.values()), default=0)
        hosts = max((len(host) for host in statuses), default=0)
        for host, status in sorted(statuses.items(), key=_worst_last):
            lines.parts(
                (f"{status:<{wide}}", STYLES.get(status, "")),
                (f"  {clean(host):<{hosts}}", "bold"),
                (f"  {clean(self._words(stage, host, status))}".rstrip(), ""),
            )
            self._show_left(lines, host)
        if run:
            lines.parts((f"to undo: harden rollback {run}", "dim"))

    def _words(self, stage: str, host: str, status: str) -> str:
        counts = dict(self._counts[stage, host])
        undone = self._put_back[host]
        if "rolled back" in status:
            changed = counts.pop("changed", 0)
            # Where a guard has undone it, nobody was told of one after the other.
            undone = undone or (changed if status == "rolled back" else 0)
        if undone:  # the host counts none that it put back before, as it found the run unfinished
            counts["undone"] = max(undone, counts.get("undone", 0))
        if status in UNCHANGED:
            counts = {WORDS.get(word, word): number for word, number in counts.items()}
        words = [phrase(word, number) for word, number in sorted(counts.items())]
        return ", ".join([*words, "nothing was changed"] if status == "refused" else words)

    def _show_left(self, lines: Lines, host: str) -> None:
        """Name what is not as it was, and how a conflict is overridden."""
        for resource, status, why in self._left[host]:
            lines.below(f"{status}: {resource}: {why}", "red")
        conflicts = [str(each) for each, status, _ in self._left[host] if status == "conflict"]
        if conflicts:
            lines.below(
                f"hint: `harden rollback {_forced(conflicts)}` puts back a conflict all the same"
            )


def _forced(conflicts: list[str]) -> str:
    """Return the options that override them, as they are typed; of many how one is written."""
    import shlex

    named = conflicts if len(conflicts) <= MANY else ["KIND:ID"]
    return " ".join(f"--force {shlex.quote(clean(each))}" for each in named)
