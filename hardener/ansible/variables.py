"""Variables of roles and of `vars_files`: the same names, in our YAML."""

from __future__ import annotations

from hardener.ansible import expressions
from hardener.ansible.notes import Left, Notes
from hardener.ansible.source import Map, Source
from hardener.ansible.writing import plain


def text(source: Source, notes: Notes) -> str:
    """Return a file of variables as we write it; one in a vault stays as it is."""
    if source.vaulted:
        return source.text
    if source.data is None:
        return "\n".join(source.comments(len(source.lines) + 1)) + "\n"
    if not isinstance(source.data, Map):
        notes.left(source.place(0), "this file of variables is no mapping")
        return ""
    lines: list[str] = []
    for name, value in source.data.items():
        line = source.data.lines.get(name, 0)
        lines += source.comments(line + 1)
        try:
            lines += plain({name: expressions.below(value)})
        except Left as left:
            notes.left(source.place(line), f"`{name}`: {left}")
            lines += [f"# not turned: {left}", *(f"# {each}" for each in plain({name: value}))]
    return "\n".join([*lines, *source.comments(len(source.lines) + 1)]) + "\n"
