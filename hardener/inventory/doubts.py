"""Variables that hardly mean what they say: misspelt ones, and ours beside Ansible's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardener.errors import Problem
from hardener.inventory.draft import Given
from hardener.inventory.words import ANSIBLE_NAMES

# Taken for the user's own variables beside Ansible's names; these would lead to another host.
_LEAD_ASTRAY = ("address", "connection", "root")


def doubts(given: Mapping[str, Given]) -> Iterator[Problem]:
    """Warn of variables of one host."""
    foreign = next((name for name in given if name in ANSIBLE_NAMES), "")
    for name in _LEAD_ASTRAY if foreign else ():
        if name in given:
            what = f"{name!r} is a variable like any other on a host with {foreign}"
            hint = "use Ansible's names for the connection, or hardener's, but not both"
            yield _at(given[name].where, what, hint)
    for name, each in given.items():
        if name.startswith("ansible_") and name not in ANSIBLE_NAMES:
            from difflib import get_close_matches

            for close in get_close_matches(name, ANSIBLE_NAMES, n=1, cutoff=0.9):
                what = f"{name!r} says nothing about the connection"
                yield _at(each.where, what, f"did you mean `{close}`?")


def _at(where: str, what: str, hint: str) -> Problem:
    file, *mark = where.rsplit(":", 2)
    if len(mark) == 2 and mark[0].isdigit() and mark[1].isdigit():
        return Problem(file, int(mark[0]), int(mark[1]), what, hint)
    return Problem(where, 1, 1, what, hint)
