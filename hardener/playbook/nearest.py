"""Guess which word was meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """Return the known word that is most like this one, or ''.

    Synonyms are words of other tools; `ansible.builtin.copy` is looked up as `copy`.
    """
    word = word.rpartition(".")[2] if word.count(".") == 2 else word
    known = list(known)
    if synonyms and word in synonyms:
        return synonyms[word]
    folded = {each.lower().replace("-", "_"): each for each in known}
    close = get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.65)
    return folded[close[0]] if close else ""


def did_you_mean(word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """Ask for the nearest word as a hint, or ''."""
    found = nearest(word, known, synonyms)
    return f"did you mean `{found}`?" if found else ""
