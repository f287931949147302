"""Say in plain words what is wrong with a file that is not YAML, and what to write instead."""

from __future__ import annotations

import re
from typing import Any

from hardener.errors import Problem
from hardener.inventory.depth import TOO_DEEP
from hardener.playbook.marks import Mark, problem

TEMPLATE = re.compile(r"^(?P<before>\s*(?:- )*(?:[^\s:#'\"]+:\s+|- ))(?P<value>\{\{.*?)\s*$")
IN_FLOW = re.compile(
    r"""[\[{,]\s*(?P<key>[^\s\[\]{},:'"]+:\s+)?"""
    r"""(?P<value>(?:[^\s\[\]{},'"][^\[\]{},]*)?(?:\{\{[^{}]*\}\}[^\[\]{},]*)+)"""
)
"""A key and a value within `{}` or an item within `[]`, with a template and no quotes round it."""
QUOTES = "put the value in quotes"

# libyaml's words -> ours
SENTENCES = {
    "mapping values are not allowed in this context": (
        "`: ` begins a value here, where none can stand",
        f"{QUOTES} if the colon belongs to it; else check the indentation",
    ),
    "could not find expected ':'": ("a key without `:`", "write `key: value`"),
    "found unexpected end of stream": (
        "this quote is never closed",
        "close it; write a quote within the text twice or use the other kind",
    ),
    "did not find expected ',' or ']'": ("this `[` is never closed", "close it with `]`"),
    "did not find expected ',' or '}'": ("this `{` is never closed", "close it with `}`"),
    "found unknown escape character": (
        "a backslash that is no escape",
        "use single quotes, in which a backslash is a plain character",
    ),
    "found undefined alias": ("no anchor (`&name`) of this name", f"{QUOTES} if `*` is text"),
    "found recursive alias": (
        "this alias (`*name`) stands inside what it names",
        "write out what is meant",
    ),
    "second occurrence": ("this anchor (`&name`) is here twice", "give one another name"),
    "did not find expected alphabetic or numeric character": (
        "`*` and `&` begin an alias or anchor",
        QUOTES,
    ),
    "but found another document": ("a second document", "one file is one playbook: drop `---`"),
    "did not find expected node content": (
        "a value is missing here",
        "is a `[` or `{` above never closed?",
    ),
    "found unexpected ':'": ("a `:` that nothing follows", "leave a space after it"),
    "did not find expected key": ("the indentation does not fit what is above", ""),
    "did not find expected '-' indicator": (
        "the indentation does not fit the list above",
        "items of one list begin in the same column",
    ),
    "exceeded maximum nesting depth": (TOO_DEEP, ""),  # PyYAML 6.0.4 on: its own limit is 1,000
    "block sequence entries are not allowed in this context": (
        "a list cannot begin on the line of its key",
        "begin it on the next line",
    ),
}
# Mistakes that are seen at the end of the file and made where the context began.
AT_CONTEXT = ("found unexpected end of stream", "did not find expected ',' or")


def explain(error: Any, file: str, lines: tuple[str, ...]) -> Problem:
    """Turn an error of the parser into a Problem."""
    if not getattr(error, "problem_mark", None):
        return _unreadable(error, file, lines)
    at = error.problem_mark.line, error.problem_mark.column
    start = error.context_mark
    begun = (start.line, start.column) if start else at
    found = (
        _tab(file, lines, at)
        or _dash(file, lines, at[0], begun[0])
        or _template(file, lines, at[0], begun[0])
        or _template_in_flow(file, lines, at)
    )
    if found:
        return found
    if error.problem.startswith(AT_CONTEXT):
        at = begun
    what, hint = _sentence(error.problem, lines, at)
    return problem(file, lines, at, what, hint)


def unquoted_template(file: str, lines: tuple[str, ...], number: int) -> Problem | None:
    """Find `key: {{ name }}` on a line: YAML takes the braces for its own."""
    found = TEMPLATE.match(_line(lines, (number, 0)))
    if not found:
        return None
    hint = f"write {found['before'].strip()} {_quoted(found['value'])}"
    return problem(file, lines, (number, found.start("value")), UNQUOTED, hint)


def _quoted(value: str) -> str:
    if '"' in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'


UNQUOTED = "`{{` without quotes begins a YAML mapping, not a template"
FAR = 20


def _template(file: str, lines: tuple[str, ...], last: int, first: int) -> Problem | None:
    for number in range(last, max(first, last - FAR) - 1, -1):
        found = unquoted_template(file, lines, number)
        if found:
            return found
    return None


def _template_in_flow(file: str, lines: tuple[str, ...], at: Mark) -> Problem | None:
    """Find `{key: some/{{ name }}}`, where the parser stopped within the value."""
    for found in IN_FLOW.finditer(_line(lines, at)):
        if found.start("value") <= at[1] <= found.end():
            value = found["value"].rstrip()
            hint = f"write {found['key'] or ''}{_quoted(value)}"
            brace = found.start("value") + value.index("{{")
            return problem(file, lines, (at[0], brace), UNQUOTED, hint)
    return None


def _tab(file: str, lines: tuple[str, ...], at: Mark) -> Problem | None:
    line = _line(lines, at)
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" not in indent:
        return None
    mark = at[0], indent.index("\t")
    hint = "YAML is indented with spaces only"
    return problem(file, lines, mark, "a tab in the indentation", hint)


DASH = re.compile(r"\s*-(?=\w+:(\s|$))")


def _dash(file: str, lines: tuple[str, ...], last: int, first: int) -> Problem | None:
    """Find `-name: x`, which is no item of a list."""
    for number in range(last, max(first, last - FAR) - 1, -1):
        line = _line(lines, (number, 0))
        found = DASH.match(line)
        if found:
            mark = number, found.end() - 1
            hint = f"write {line[mark[1] :].replace('-', '- ', 1)}"
            return problem(file, lines, mark, "`-` begins an item only before a blank", hint)
    return None


def _sentence(words: str, lines: tuple[str, ...], at: Mark) -> tuple[str, str]:
    char = _line(lines, at)[at[1] : at[1] + 1]
    if words.startswith("found character"):
        return f"`{char}` cannot begin a value", QUOTES
    return SENTENCES.get(words, (words, ""))


def _unreadable(error: Any, file: str, lines: tuple[str, ...]) -> Problem:
    """Find the first control character; the parser gives its place in bytes only."""
    bad = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
    for number, line in enumerate(lines):
        found = bad.search(line)
        if found:
            what = f"the control character U+{ord(found[0]):04X}"
            return problem(file, lines, (number, found.start()), what, "take it out")
    return problem(file, lines, (0, 0), str(error))


def _line(lines: tuple[str, ...], at: Mark) -> str:
    return lines[at[0]] if at[0] < len(lines) else ""
