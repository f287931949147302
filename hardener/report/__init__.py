"""Renderers of the one event stream: what a person reads, what a program reads."""

from __future__ import annotations

from hardener.report.base import Reporter


def reporter(style: str, diff: bool, flags: str = "") -> Reporter:
    """Return the renderer of a `--format`; `flags` are what the next command has to be given too (` -K`)."""
    if style == "jsonl":
        from hardener.report.jsonl import JsonLines

        return JsonLines()
    from hardener.report.console import ConsoleReport

    made = ConsoleReport(diff=diff)
    made.flags = flags
    return made


__all__ = ["Reporter", "reporter"]
