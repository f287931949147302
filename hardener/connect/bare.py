"""Source code without what only people read: a quarter less to send. Every line keeps its number."""

from __future__ import annotations

QUOTES = '"""'
NOTHING = "..."  # a docstring may be all that a body holds


def bare(source: str) -> str:
    """Return it without docstrings and comments; it compiles to the same but for these.

    Knows code as ruff lays it out, and no other: a docstring follows a line that ends with a
    colon, or begins the file. tests/connect/test_bare.py holds all that is sent against it.
    """
    return "\n".join(_lines(source.split("\n")))


def _lines(lines: list[str]) -> list[str]:
    found: list[str] = []
    within = ""  # a docstring, or a text of several lines
    opened = True  # may a docstring come next?
    for line in lines:
        words = line.strip()
        if within:
            found.append("" if within == "docstring" else line)
            within = "" if QUOTES in line else within
        elif opened and words.startswith(QUOTES):
            found.append(line[: line.index(QUOTES)] + NOTHING)
            within = "docstring" if line.count(QUOTES) == 1 else ""
            opened = False
        else:
            found.append(_uncommented(line))
            within = "text" if line.count(QUOTES) % 2 else ""
            opened = words.endswith(":") if found[-1] else opened
    return found


def _uncommented(line: str) -> str:
    """Leave out a comment; where a quote might hold the sign, only one that has the line for itself."""
    if line.lstrip().startswith("#"):
        return ""
    quoted = "'" in line or '"' in line
    return line if quoted else line.partition("  # ")[0]
