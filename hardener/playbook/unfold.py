"""A play with groups that wait for a host's variables, made whole for that host.

It is read once more, now that somebody can tell how its groups are used, and checked as any other.
Most hosts come to the same: what was made for one is kept for the next.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from hardener.dataclass import dataclass, field, replace
from hardener.errors import PlaybookError, Problem
from hardener.inventory.marked import Opened
from hardener.playbook.build import build_play
from hardener.playbook.files import file_problems
from hardener.playbook.inherit import Inherited
from hardener.playbook.marks import Document
from hardener.playbook.model import Play
from hardener.playbook.reader import Reader, Use, Uses
from hardener.playbook.schemas import Language, language
from hardener.playbook.tree import Node, PlayNode
from hardener.playbook.validate import validate


def within(play: Play, around: Sequence[Node], group: Node) -> Inherited:
    """Return what holds for the steps of a group, from the groups around it."""
    found = Inherited.of(play.node)
    for node in (*around, group):
        found = found.within(node)
    return found


@dataclass
class Unfolded:
    """What has become of one play so far: by the uses of its groups, and the files that were read."""

    documents: list[Document] = field(default_factory=list)
    plays: dict[object, Play | PlaybookError] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, play: Play, uses: Uses) -> Play:
        """Return the play for a host; `uses` tells what its groups are there."""
        told: list[Use] = []

        def noted(group: Node, around: Sequence[Node]) -> list[Use]:
            found = list(uses(group, around))
            told.extend(found)
            return found

        with self.lock:
            reader = Reader(documents=self.documents, uses=noted)
            node = reader.play(play.node.data, play.place, play.node.imports)
            for closed in reader.closed.values():
                raise closed
            shape = hashable([(use.data, use.label) for use in told])
            if shape not in self.plays:
                self.plays[shape] = _checked(play, node, reader, language())
            found = self.plays[shape]
        if isinstance(found, PlaybookError):
            raise found
        return found


def hashable(value: object) -> object:
    """Return what is equal only for equal data, what is secret in it too."""
    if isinstance(value, Mapping):
        return tuple((key, hashable(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(hashable(each) for each in value)
    return hashable(value.value) if isinstance(value, Opened) else (type(value), value)


def _checked(play: Play, node: PlayNode, reader: Reader, words: Language) -> Play | PlaybookError:
    mistakes: list[Problem] = [*validate([node], reader, words), *file_problems([node], words)]
    if mistakes:
        return PlaybookError(mistakes)
    whole = build_play(node, words)
    return replace(
        play, parts=whole.parts, handlers=whole.handlers, included=whole.included, waits=False
    )
