"""What is done while a host is waited for: to load what is wanted next costs no time then."""

from __future__ import annotations

from collections.abc import Callable

Meanwhile = Callable[[], object]


def nothing() -> None:
    """Only wait."""
