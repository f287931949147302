"""Counts of suites that try many things: `tally` in a test, one line each in the summary.

`--counts FILE` keeps them as JSON, from which docs/SAFETY.md is made.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PROPERTY = "tally"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--counts", metavar="FILE", help="keep the suites' own counts in FILE")


@pytest.fixture
def tally(record_property: Callable[[str, Any], None]) -> Callable[..., None]:
    """Record `tally("kill points", tried=214, lost=0)`; fails where nothing was tried, or anything lost."""

    def count(what: str, *, tried: int, lost: int = 0) -> None:
        record_property(PROPERTY, [what, tried, lost])
        assert tried, f"no {what} were tried"
        assert not lost, f"{lost} of {tried} {what} were lost"

    return count


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print «214 kill points, 0 lost», added up over all tests that counted the same."""
    found = added_up(terminalreporter.stats)
    for what, (tried, lost) in found.items():
        terminalreporter.write_line(f"{tried} {what}, {lost} lost")
    if config.getoption("--counts"):
        Path(config.getoption("--counts")).write_text(json.dumps(found, indent=1) + "\n")


def added_up(stats: dict[str, list[Any]]) -> dict[str, list[int]]:
    total: dict[str, list[int]] = {}
    for what, tried, lost in counted(each for group in stats.values() for each in group):
        known = total.setdefault(what, [0, 0])
        known[0] += tried
        known[1] += lost
    return dict(sorted(total.items()))


def counted(reports: Any) -> Iterator[tuple[str, int, int]]:
    """Yield (what, tried, lost); properties of reports come through xdist, globals would not."""
    for report in reports:
        if getattr(report, "when", "") == "call":
            yield from (value for name, value in report.user_properties if name == PROPERTY)
