"""Files of accounts."""

from typing import Any

from faults.fuzz.formats.edit import Edit, none, one
from hypothesis import strategies as st

from hardener.host.text import newlines
from hardener.host.text.colons import Colons

ACCOUNTS = st.sampled_from(["a", "k", "root", "b\udcff"])
FIELDS = st.lists(st.sampled_from(["x", "", "0", "é", "a,b"]), min_size=1, max_size=3)


def enrolled(text: str, name: str, fields: list[str]) -> str:
    return str(Colons(newlines.split(text)).set([name, *fields]))


def is_enrolled(text: str, name: str, fields: list[str]) -> bool:
    return Colons.parse(text).get(name) == (name, *fields)


def entry_lines(text: str, name: str, *_: Any) -> set[int]:
    return {n for n, line in enumerate(newlines.split(text)) if line.startswith(name + ":")}


FORMATS = {
    "colons": lambda text: str(Colons.parse(text)),
}
EDITS = {
    "colons": Edit(
        st.tuples(ACCOUNTS, FIELDS),
        enrolled,
        is_enrolled,
        entry_lines,
        one,
        newlines.split,
    ),
    "colons remove": Edit(
        st.tuples(ACCOUNTS),
        lambda text, name: str(Colons.parse(text).remove(name)),
        lambda text, name: Colons.parse(text).get(name) is None,
        entry_lines,
        none,
        newlines.split,
    ),
}
