"""The events of one YAML document in their order, those of an anchor again for each alias.

No graph of nodes is made of them: of a long playbook that would be the largest part in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yaml.composer import ComposerError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    NodeEvent,
    StreamEndEvent,
)

Event = Any
"""A yaml.Event; yaml is not typed."""


class Events:
    """Read them off a loader of PyYAML; yaml.YAMLError where the text is no single document."""

    def __init__(self, loader: Any) -> None:
        self._parsed = loader.get_event
        self._again: list[Iterator[Event]] = []  # what is repeated, innermost last
        self._anchors: dict[str | None, Anchor] = {}
        self._open: list[Anchor] = []  # innermost last

    def first(self) -> Event | None:
        """Return what the document begins with; None where there is none."""
        self._parsed()  # of the stream
        event = self._parsed()
        if type(event) is StreamEndEvent:
            return None
        return self.next()

    def end(self) -> None:
        """See that nothing follows the document."""
        self._parsed()  # of the document
        event = self._parsed()
        if type(event) is not StreamEndEvent:
            raise _error("but found another document", event)

    def next(self) -> Event:
        """Return the next event; where an alias stands, those of what it names."""
        event = self.raw()
        while type(event) is AliasEvent:
            self.again(self._anchors[event.anchor].events)
            event = self.raw()
        return event

    def again(self, events: list[Event]) -> None:
        """Return these next."""
        self._again.append(iter(events))

    def rest(self, event: Event) -> list[Event]:
        """Return an event and the rest of the value that it begins, in which aliases stay as they are."""
        taken, depth = [event], deeper(event)
        while depth:
            event = self.raw()
            depth += deeper(event)
            taken.append(event)
        return taken

    def raw(self) -> Event:
        """Return the next event, even where it is an alias."""
        while self._again:
            for event in self._again[-1]:
                return event
            self._again.pop()
        event = self._parsed()
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._named(event)
        if self._open:
            self._keep(event)
        return event

    def _keep(self, event: Event) -> None:
        """Keep it for the aliases of the anchors at which it stands."""
        for each in self._open:
            each.keep(event)
        if not self._open[-1].depth:
            self._open.pop()

    def _named(self, event: Event) -> None:
        """Learn an anchor, or see that an alias has one."""
        known = self._anchors.get(event.anchor)
        if type(event) is not AliasEvent:
            if known:
                raise _error("second occurrence", event)
            self._anchors[event.anchor] = anchor = Anchor()
            self._open.append(anchor)
        elif known is None or known in self._open:
            raise _error("found recursive alias" if known else "found undefined alias", event)


class Anchor:
    """What stands at an anchor; it is whole when its depth is 0 again."""

    def __init__(self) -> None:
        self.depth = 0
        self.events: list[Event] = []

    def keep(self, event: Event) -> None:
        self.depth += deeper(event)
        self.events.append(event)


def _error(what: str, event: Event) -> ComposerError:
    """Return the error that PyYAML's composer, which is not asked, would raise."""
    return ComposerError(None, None, what, event.start_mark)


def deeper(event: Event) -> int:
    """Return by how many levels what follows an event is deeper."""
    return isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
