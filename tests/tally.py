"""Counts of suites that try many things: `tally` in a test, one line each in the summary.

`--counts FILE` keeps them as JSON, from which scripts/make-safety makes the table of docs/SAFETY.md.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PROPERTY = "tally"
SAID = "said"


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


@pytest.fixture
def say(record_property: Callable[[str, Any], None]) -> Callable[[str], None]:
    """Have a line stand in the summary, whether or not the test passes."""
    return lambda line: record_property(SAID, line)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print «214 kill points, 0 lost», added up over all tests of a suite that counted the same."""
    found = added_up(terminalreporter.stats)
    for each in found:
        terminalreporter.write_line(f"{each['tried']} {each['what']}, {each['lost']} lost")
    for line in said(terminalreporter.stats):
        terminalreporter.write_line(line)
    if config.getoption("--counts"):
        kept = Path(config.getoption("--counts"))
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def said(stats: dict[str, list[Any]]) -> list[str]:
    reports = [
        each for group in stats.values() for each in group if getattr(each, "when", "") == "call"
    ]
    return [line for report in reports for name, line in report.user_properties if name == SAID]


def added_up(stats: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return {suite, what, tried, lost} for each that a suite counted, sorted."""
    total: dict[tuple[str, str], list[int]] = {}
    for suite, what, tried, lost in counted(each for group in stats.values() for each in group):
        known = total.setdefault((suite, what), [0, 0])
        known[0] += tried
        known[1] += lost
    return [
        {"suite": suite, "what": what, "tried": tried, "lost": lost}
        for (suite, what), (tried, lost) in sorted(total.items())
    ]


def counted(reports: Any) -> Iterator[tuple[str, str, int, int]]:
    """Yield (suite, what, tried, lost); properties of reports come through xdist, globals would not."""
    for report in reports:
        if getattr(report, "when", "") == "call":
            suite = report.nodeid.partition("::")[0].rpartition("/")[0]
            yield from (
                (suite, *value) for name, value in report.user_properties if name == PROPERTY
            )
