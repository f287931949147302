"""Ignore files of git."""

from faults.fuzz.formats.edit import Edit, own_lines
from hypothesis import strategies as st

from hardener.host.text import encoding
from hardener.host.text.gitignore import Gitignore

RULES = st.lists(st.sampled_from(["*.log", "/a", "b/", "\\#x", "k ="]), min_size=1, max_size=3)


def ignore(text: str, section: str, patterns: list[str]) -> str:
    encoding.check("/x", text)
    return str(Gitignore(text).add(section, patterns))


def ignores(text: str, section: str, patterns: list[str]) -> bool:
    return not Gitignore(text).missing(patterns)


FORMATS = {
    "gitignore": lambda text: str(Gitignore.parse(text)),
}
EDITS = {
    "gitignore": Edit(
        st.tuples(st.sampled_from(["A", "B b"]), RULES),
        ignore,
        ignores,
        lambda *_: set(),
        lambda section, patterns: 4 * len(patterns),
        own_lines,
    ),
}
