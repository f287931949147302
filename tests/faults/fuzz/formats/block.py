"""Marked blocks."""

from typing import Any

from faults.fuzz.formats.edit import Edit, bare, none, own_lines
from faults.fuzz.formats.lines import ANCHORS, FORWARD
from hypothesis import strategies as st

from hardener.host.edits import changed
from hardener.host.text import block, encoding
from hardener.host.text.block import Comment

IDS = st.sampled_from(["x", "y-1"])
BODIES = st.lists(st.sampled_from(["a", "", "# c", "é\udcff", "\t"]), max_size=3).map(
    lambda body: "".join(line + "\n" for line in body)
)
COMMENTS = st.sampled_from([Comment(), Comment("//"), Comment("<!--", "-->"), Comment("")])


def put(text: str, id: str, content: str, comment: Comment, after: Any, before: Any) -> str:
    return changed("/x", text, lambda body: block.put(body, id, content, comment, after, before))


def holds(text: str, id: str, content: str, comment: Comment, *_: Any) -> bool:
    marks = set(block.marks(id, comment)) <= {line.strip() for line in bare(text)}
    return marks and block.get(encoding.parted(text)[1], id) == content.split("\n")[:-1]


def spanned(text: str, id: str, *_: Any) -> set[int]:
    found = block.find(own_lines(text), id)
    return set(range(found[0], found[1] + 1)) if found else set()


def unblocked(text: str, id: str) -> str:
    return changed("/x", text, lambda body: block.remove(body, id))


EDITS = {
    "block": Edit(
        st.tuples(IDS, BODIES, COMMENTS, ANCHORS, FORWARD),
        put,
        holds,
        spanned,
        lambda id, content, *_: content.count("\n") + 2,
        own_lines,
    ),
    "block absent": Edit(
        st.tuples(IDS),
        unblocked,
        lambda text, id: block.get(text, id) is None,
        spanned,
        none,
        own_lines,
    ),
}
