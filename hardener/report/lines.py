"""Lines on standard output: in colour on a terminal, plain in a file or a pipe.

Text from hosts is never obeyed: control characters are shown, and no markup is read.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO

STYLES = {
    "ok": "green",
    "changed": "yellow",
    "skipped": "cyan",
    "not applicable": "cyan",
    "off": "cyan",
    "failed": "bold red",
    "ignored": "magenta",
    "rescued": "magenta",
    "unknown": "magenta",
    "unseen": "magenta",
    "differs": "yellow",
    "pending": "yellow",
    "unconfirmed": "bold yellow",
    "confirmed": "green",
    "not confirmed": "bold red",
    "planned": "yellow",
    "rolled back": "bold magenta",
    "unreachable": "bold red",
    "refused": "bold red",
    "partly rolled back": "bold red",
    "unfinished": "bold red",
    "damaged": "bold red",
    "restored": "green",
    "merged": "green",
    "fired": "green",
    "conflict": "bold red",
    "diverged": "bold red",
    "irreversible": "bold red",
    "moved": "yellow",
}
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan", "!": "yellow", "?": "magenta"}
LONGEST = 200  # lines of one text; all of them are in `--format jsonl`
WIDEST = 2000  # characters of one line
BELOW = " " * 12

Printer = Callable[..., None]
"""Takes the parts of a line, each a pair of text and style."""


class Lines:
    """Prints what people read: a word for the status, the host, what it is about, and a note."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to a file instead, if one is given."""
        self.parts = in_colour() if not stream and is_terminal() else plainly(stream or sys.stdout)

    def line(self, status: str, host: str, text: str, note: str = "") -> None:
        self.parts(
            (f"{clean(status):<9}", STYLES.get(status, "")),
            (f" {clean(host)}  " if host else " ", "bold"),
            (clean(text), ""),
            (f"  {clean(note)}" if note else "", "dim"),
        )

    def below(self, text: str, style: str = "") -> None:
        """Print each line of a text under the line that it belongs to."""
        self._cut([(part, style) for part in text.splitlines()])

    def diff(self, lines: Sequence[str]) -> None:
        self._cut([("  " + line, DIFF_STYLES.get(line[:1], "")) for line in lines])

    def _cut(self, lines: Sequence[tuple[str, str]]) -> None:
        for line, style in lines[:LONGEST]:
            self.parts((BELOW + clean(line), style))
        if len(lines) > LONGEST:
            self.parts((f"{BELOW}  … {len(lines) - LONGEST} more lines", "dim"))


def clean(text: str) -> str:
    """Show control characters, and bytes that are no text, instead of obeying them; cut what is endless."""
    more = f"… {len(text) - WIDEST} more characters" if len(text) > WIDEST else ""
    return visible(text[:WIDEST]) + more


def visible(text: str) -> str:
    """Show control characters, and bytes that are no text."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else numbered(ord(c)) for c in text)


def minute(at: float | None) -> str:
    """Write a time, in seconds since 1970, as the clock of this machine shows it."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at or 0))


def sized(size: float) -> str:
    """Write bytes as people read them."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.3g} {unit}" if unit != "bytes" else f"{size:.0f} bytes"


def cleaned(text: str) -> str:
    """Clean a text of several lines."""
    return "\n".join(map(clean, text.split("\n")))


def numbered(code: int) -> str:
    """Write a character by its number; a byte that was no UTF-8 (PEP 383) as that byte."""
    return f"\\x{code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code:02x}"


def is_terminal() -> bool:
    """Tell whether somebody looks; FORCE_COLOR says that somebody will (force-color.org)."""
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def plainly(stream: TextIO) -> Printer:
    """Return what prints lines for a file or a pipe: there is no style, and nothing to load for it."""

    def line(*parts: tuple[str, str]) -> None:
        stream.write("".join(text for text, _ in parts) + "\n")
        stream.flush()

    return line


def in_colour() -> Printer:
    """Return what prints lines by rich, which sees to NO_COLOR."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, markup=False, highlight=False, soft_wrap=True)
    return lambda *parts: console.print(Text.assemble(*parts))
