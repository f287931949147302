"""Guess which host, group or variable was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[object]) -> str:
    """Ask for the nearest name as a hint, or ''. Dots are part of a host's name here."""
    close = get_close_matches(word, [str(each) for each in known], n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""
