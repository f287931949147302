"""Single lines in a text."""

import re
from typing import Any

from faults.fuzz.formats.edit import Edit, bare, none, one, own_lines
from hypothesis import strategies as st

from hardener.host.edits import changed
from hardener.host.text import lines

WORDS = st.sampled_from(["a", "k = 1", "k = 2", "  k", "é", "\udcff", "", "x ; y", "\x0c", "b\rc"])
REGEXPS = st.sampled_from([None, "^k", "k", "a|b", "^$", "."])
ANCHORS = st.sampled_from([None, "^k", "a", "EOF", "\\[s\\]"])
FORWARD = st.sampled_from([None, "^k", "b", "BOF"])


def ensured(text: str, line: str, regexp: Any, after: Any, before: Any) -> str:
    return changed("/x", text, lambda body: lines.ensure(body, line, regexp, after, before))


def replaced(text: str, line: str, regexp: Any, *_: Any) -> set[int]:
    return {n for n, each in enumerate(bare(text)) if regexp and re.search(regexp, each)}


def removed(text: str, line: Any, regexp: Any) -> str:
    return changed("/x", text, lambda body: lines.remove(body, line, regexp))


def gone(text: str, line: Any, regexp: Any) -> set[int]:
    return {n for n, each in enumerate(bare(text)) if each == line} | replaced(text, "", regexp)


EDITS = {
    "lines": Edit(
        st.tuples(WORDS, REGEXPS, ANCHORS, FORWARD),
        ensured,
        lambda text, line, *_: line in bare(text),
        replaced,
        one,
        own_lines,
    ),
    "lines absent": Edit(
        st.tuples(st.none() | WORDS, REGEXPS),
        removed,
        lambda text, *arguments: not gone(text, *arguments),
        gone,
        none,
        own_lines,
    ),
}
