"""Where the time of a run went, part by part: of the controller, of each host, of its costliest steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from hardener.events import Event
from hardener.report.lines import clean

COSTLIEST = 10  # hosts, and steps, that are shown; `--format jsonl` tells all of them
Parts = dict[str, float]


class Profile:
    """Adds up what `took` events say."""

    def __init__(self) -> None:
        self._by_host: dict[str, Parts] = defaultdict(lambda: defaultdict(float))
        self._by_step: dict[tuple[str, str], Parts] = defaultdict(lambda: defaultdict(float))

    def add(self, event: Event) -> None:
        """Take one event in."""
        title = event.data.get("title", "")
        for part, seconds in event.data["parts"].items():
            self._by_host[event.host][part] += seconds
            if title:
                self._by_step[event.host, title][part] += seconds

    def lines(self) -> Iterator[str]:
        """Yield the lines to print; none where nobody has said anything."""
        if self._by_host:
            yield "where the time went, in ms"
        hosts = sorted(
            self._by_host.items(), key=lambda item: (bool(item[0]), -sum(item[1].values()))
        )
        for host, parts in hosts[: COSTLIEST + 1]:
            yield f"{whole(parts)}  {clean(host) or 'this machine'}  {shown(parts)}"
        if rest := [sum(parts.values()) for _, parts in hosts[COSTLIEST + 1 :]]:
            yield f"{sum(rest) / len(rest) * 1e3:8.1f}  {len(rest)} more hosts, on average"
        costly = sorted(self._by_step.items(), key=lambda item: -sum(item[1].values()))
        for (host, title), parts in costly[:COSTLIEST]:
            yield f"{whole(parts)}  {clean(host)}  {clean(title)}  {shown(parts)}"


def whole(parts: Parts) -> str:
    return f"{sum(parts.values()) * 1e3:8.1f}"


def shown(parts: Parts) -> str:
    return ", ".join(f"{clean(part)} {seconds * 1e3:.1f}" for part, seconds in parts.items())
