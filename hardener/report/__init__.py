"""Renderers of the one event stream: what a person reads, what a program reads."""

from __future__ import annotations

from hardener.report.base import Reporter


def reporter(style: str, *, diff: bool) -> Reporter:
    """Return the renderer of a `--format`."""
    if style == "jsonl":
        from hardener.report.jsonl import JsonLines

        return JsonLines()
    from hardener.report.console import ConsoleReport

    return ConsoleReport(diff=diff)


__all__ = ["Reporter", "reporter"]
