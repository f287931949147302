"""What holds for any text and any edit of it."""

from typing import Any

from faults.fuzz.formats import FORMATS, Edit
from faults.fuzz.texts import bytes_of, text_of

from hardener.host.errors import Refused
from hardener.host.text import encoding
from hardener.host.text.newlines import ending


def printed(name: str, data: bytes) -> None:
    """A format prints what it has read."""
    assert bytes_of(FORMATS[name](text_of(data))) == data


def edited(edit: Edit, data: bytes, arguments: tuple[Any, ...]) -> str:
    """Edit once and once more; say whether it was done, or refused."""
    text = text_of(data)
    try:
        new = edit.run(text, *arguments)
    except Refused:
        return "refused"
    assert edit.found(new, *arguments), "what was written is not found"
    assert edit.run(new, *arguments) == new, "the second time changes something"
    kept(edit, text, text_of(bytes_of(new)), arguments)
    return "done"


def kept(edit: Edit, text: str, new: str, arguments: tuple[Any, ...]) -> None:
    """All lines but the touched ones are there, in order; no more were added than asked for."""
    assert encoding.parted(text)[0] == encoding.parted(new)[0]
    old, lines = edit.split(text), edit.split(new)
    touched = edit.touched(text, *arguments)
    rest = iter(lines)
    for number, line in enumerate(old):
        closed = {line} if ending(line) or number < len(old) - 1 else ended(line)
        assert number in touched or any(each in closed for each in rest), f"{line!r} is not there"
    assert len(lines) <= len(old) + edit.added(*arguments), "more was added"


def ended(line: str) -> set[str]:
    """A last line without an end gets one where another comes below it."""
    return {line + end for end in ("", "\n", "\r\n")}
