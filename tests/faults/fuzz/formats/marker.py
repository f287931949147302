"""Blocks between lines that are given word for word."""

from typing import Any

from faults.fuzz.formats.block import BODIES
from faults.fuzz.formats.edit import Edit, none, own_lines
from faults.fuzz.formats.lines import ANCHORS, FORWARD
from hypothesis import strategies as st

from hardener.host.edits import changed
from hardener.host.text import marker, newlines

MARKS = st.sampled_from([("# B", "# E"), ("a", "k = 1"), ("<!-- b -->", "<!-- e -->")])


def put_between(text: str, marks: tuple[str, str], content: str, after: Any, before: Any) -> str:
    return changed(
        "/x", text, lambda body: marker.put(body, marks[0], marks[1], content, after, before)
    )


def holds_between(text: str, marks: tuple[str, str], content: str, *_: Any) -> bool:
    whole = own_lines(text)
    found = marker.find(whole, *marks)
    body = whole[found[0] + 1 : found[1]] if found else []
    return [newlines.bare(line) for line in body] == content.split("\n")[:-1]


def spanned_between(text: str, marks: tuple[str, str], *_: Any) -> set[int]:
    found = marker.find(own_lines(text), *marks)
    return set(range(found[0], found[1] + 1)) if found else set()


def nothing_between(text: str, marks: tuple[str, str]) -> str:
    return changed("/x", text, lambda body: marker.remove(body, *marks))


EDITS = {
    "marker": Edit(
        st.tuples(MARKS, BODIES, ANCHORS, FORWARD),
        put_between,
        holds_between,
        spanned_between,
        lambda marks, content, *_: content.count("\n") + 2,
        own_lines,
    ),
    "marker absent": Edit(
        st.tuples(MARKS),
        nothing_between,
        lambda text, marks: marker.find(own_lines(text), *marks) is None,
        spanned_between,
        none,
        own_lines,
    ),
}
