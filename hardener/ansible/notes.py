"""What there is to say of a playbook that was turned: what was left, and what differs."""

from __future__ import annotations

from hardener.dataclass import dataclass, field


class Left(Exception):
    """This can't be turned; the text is why."""


@dataclass(frozen=True, order=True)
class Note:
    """`left` tells that the place was not turned, else its meaning is another here."""

    file: str
    line: int
    what: str
    left: bool = field(compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'not turned' if self.left else 'differs'}: {self.what}"


@dataclass
class Notes:
    """All notes of one import, in the order of the files."""

    all: list[Note] = field(default_factory=list)

    def left(self, place: str, what: str) -> None:
        self._add(place, what, left=True)

    def differs(self, place: str, what: str) -> None:
        self._add(place, what, left=False)

    def _add(self, place: str, what: str, *, left: bool) -> None:
        file, _, line = place.rpartition(":")
        note = Note(file, int(line), what, left)
        if note not in self.all:
            self.all.append(note)

    @property
    def not_turned(self) -> int:
        return sum(note.left for note in self.all)
