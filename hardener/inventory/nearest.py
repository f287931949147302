"""Guess which host, group, variable or word was meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the name that is most like this one, or ''; one of the same letters before all others."""
    from difflib import get_close_matches  # rarely asked: most words are known

    names, letters = list(known), sorted(word)
    turned = [each for each in names if sorted(each) == letters]
    return (turned or get_close_matches(word, names, n=1, cutoff=cutoff) or [""])[0]


def did_you_mean(word: str, known: Iterable[object]) -> str:
    """Ask for the nearest name as a hint, or ''. Dots are part of a host's name here."""
    found = nearest(word, map(str, known))
    return f"did you mean `{found}`?" if found else ""
