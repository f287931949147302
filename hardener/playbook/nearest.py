"""Guess which word was meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hardener.inventory.nearest import nearest as most_like


def nearest(word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """Return the known word that is most like this one, or ''; synonyms are words of other tools."""
    word, known = short(word), list(known)
    if synonyms and word in synonyms:
        return synonyms[word]
    folded = {each.lower().replace("-", "_"): each for each in known}
    found = most_like(word.lower().replace("-", "_"), folded, cutoff=0.65)
    return folded.get(found, "")


def short(word: str) -> str:
    """Return the name of an Ansible module without that of its collection: `ansible.builtin.copy`."""
    return word.rpartition(".")[2] if word.count(".") == 2 else word


def did_you_mean(word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """Ask for the nearest word as a hint, or ''."""
    found = nearest(word, known, synonyms)
    return f"did you mean `{found}`?" if found else ""
