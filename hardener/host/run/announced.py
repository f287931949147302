"""Changes of files that stand in the journal before it is their turn: one sync for many of them.

The preview has told what comes next. Files that lie one after the other there are
announced together (`TOGETHER` at most), then made one by one as ever: each is read again first,
and where it is not just what was announced, all that was announced and not made is noted
as such, and the change gets a line of its own. A change that was announced and never
begun reads as before it: recovery finds nothing to do.
"""

from collections import deque

TOGETHER = 64
TOLD = ("play", "title", "number", "tags", "notify", "answers", "where")  # of a call, in its record


def joins(kind, call, change):
    """May this change be announced with those beside it?"""
    own = change.secret or change.risk or "calls" in call or "handler" in call
    return not own and kind.joins(change.resource.id, change.before, change.after)


def told(call):
    """Return what the journal says of a call whose change `joins` others."""
    return {name: call[name] for name in TOLD if name in call}


class Announced:
    """`coming` are pairs (change, what is told of its call; None where it stands alone) of a preview.

    `forget` removes what was laid on the disk for changes that are not made after all.
    """

    def __init__(self, journal, secrecy, coming, forget):
        self._journal = journal
        self._secrecy = secrecy
        self._forget = forget
        self._coming = deque(coming)
        self._open = deque()  # (number, change, told): in the journal, and not made yet
        self.foretold = (
            None  # the change of the preview, where the one last asked for is just as it
        )

    def take(self, call, change):
        """Return the number that this change has in the journal already, or 0: then no other has one."""
        self.foretold = None
        if self._open and self._open[0][1:] == (change, told(call)):
            number, self.foretold, _ = self._open.popleft()
            return number
        self.drop()
        return 0

    def drop(self):
        """Note that what was announced is not made after all."""
        self._forget()
        while self._open:
            self._journal.note(**{"is": "unmade", "n": self._open[0][0]})
            self._open.popleft()

    def following(self, call, change):
        """Return the pairs (change, told) that are to be announced with this one."""
        while self._coming and _earlier(self._coming[0][0], change):
            self._coming.popleft()
        found, seen = [], {change.resource}
        if not self._coming or self._coming[0] != (change, told(call)):
            return found
        self.foretold = self._coming.popleft()[0]
        while self._coming and len(seen) < TOGETHER and self._may_join(seen):
            seen.add(self._coming[0][0].resource)
            found.append(self._coming.popleft())
        return found

    def _may_join(self, seen):
        """What was never begun must read as before it: each resource once. Nothing that is secret by now."""
        change, about = self._coming[0]
        known = change.resource in seen or self._secrecy.holds(change.resource)
        return about is not None and not known

    def stand(self, first, pairs):
        """Note that these stand in the journal, with numbers from `first` on."""
        self._open.extend((first + n, *pair) for n, pair in enumerate(pairs))


def _earlier(one, other):
    """Is it of a step that comes before that of the other?"""
    return None not in (one.number, other.number) and one.number < other.number
