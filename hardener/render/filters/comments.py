"""`comment`: a text as a comment of some language."""

from __future__ import annotations

from jinja2.exceptions import FilterArgumentError

STYLES = {
    "plain": ("", "# ", ""),
    "erlang": ("", "% ", ""),
    "c": ("", "// ", ""),
    "cblock": ("/*", " * ", " */"),
    "xml": ("<!--", " - ", "-->"),
}
"""What begins a comment, stands before each of its lines, and ends it."""


def comment(
    text: str,
    style: str = "plain",
    *,
    decoration: str | None = None,
    beginning: str | None = None,
    end: str | None = None,
    prefix: str | None = None,
    prefix_count: int = 1,
    postfix: str | None = None,
    postfix_count: int = 1,
) -> str:
    """Put a sign before each line, and lines of the sign alone above and below, as Ansible does."""
    if style not in STYLES:
        raise FilterArgumentError(f"comment knows {', '.join(STYLES)}; found {style!r}")
    first, sign, last = STYLES[style]
    sign = sign if decoration is None else decoration
    bare = sign.rstrip()
    above = [bare] * prefix_count if prefix is None else [prefix] * prefix_count if prefix else []
    below = [bare if postfix is None else postfix] * postfix_count
    *lines, final = str(text).split("\n")
    lines = [*(sign + line if line else bare for line in lines), sign + final]
    first, last = first if beginning is None else beginning, last if end is None else end
    return "\n".join(
        [*([first] if first else []), *above, *lines, *below, *([last] if last else [])]
    )
