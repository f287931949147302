"""From a YAML file to a checked playbook."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hardener.dataclass import replace
from hardener.errors import PlaybookError
from hardener.playbook.build import build
from hardener.playbook.files import file_problems
from hardener.playbook.marks import Document, Place
from hardener.playbook.model import Block, Check, Condition, LoopControl, Play, Playbook, Step
from hardener.playbook.params import validate_params
from hardener.playbook.reader import Reader
from hardener.playbook.schemas import Language, language
from hardener.playbook.validate import validate

__all__ = [
    "Block",
    "Check",
    "Condition",
    "Document",
    "Language",
    "LoopControl",
    "Place",
    "Play",
    "Playbook",
    "Step",
    "language",
    "read_playbook",
    "validate_params",
]


def read_playbook(
    path: Path | str, words: Language | None = None, *, patient: bool = False
) -> Playbook:
    """Read, check and model a playbook; raise PlaybookError with all of its mistakes.

    `patient`: what is in vaults that no password opens may stay closed.
    """
    with _uncollected():
        return _read(path, words or language(), patient)


def _read(path: Path | str, words: Language, patient: bool) -> Playbook:
    reader = Reader()
    plays = reader.playbook(path)
    if not patient:
        for error in reader.closed.values():
            raise error
    mistakes = [*validate(plays, reader, words), *file_problems(plays, words)]
    if mistakes:
        raise PlaybookError(mistakes)
    return replace(build(str(path), plays, words), closed=tuple(reader.closed))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector away: it would look through a long playbook again and again for nothing.

    What was read stays to the end, so that it need not be looked through later either.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            gc.enable()
