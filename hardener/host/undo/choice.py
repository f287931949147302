"""Which changes of a run are to be undone: all that a resource, a step or a tag names."""

from hardener.host.nearest import nearest
from hardener.host.typed import NamedTuple


class Choice(NamedTuple):
    """Resources as `kind:id`; steps by title or number; tags; plays by number.

    Records of older runs know only titles of steps.
    """

    only: tuple = ()
    steps: tuple = ()
    tags: tuple = ()
    plays: tuple = ()

    @classmethod
    def of(cls, data):
        """Take what `run.json` says of a rollback; older ones have a list of resources there."""
        fields = data if isinstance(data, dict) else {"only": data}
        return cls(**{name: tuple(words) for name, words in fields.items()})

    def data(self):
        return {name: sorted(words) for name, words in self._asdict().items()}

    def changes(self, changes):
        """Return the changes that are meant, with the handlers that they notified."""
        picked = [change for change in changes if any(self._words(change))]
        return [c for c in changes if c in picked or notified(picked, c)]

    def missing(self, changes):
        """Return the words that name none of these changes."""
        found = set().union(*(self._words(change) for change in changes))
        return sorted(set(sum(self, ())) - found)

    def meant(self, word, changes):
        """Return the title or tag that a word which names no change is most like; "" if none is."""
        known = set()
        for change in changes:
            known.update([change["step"]] if word in self.steps else ())
            known.update(change.get("tags") or () if word in self.tags else ())
        return nearest(word, sorted(known), 0.75)

    def _words(self, change):
        """Which of its words name this change."""
        words = {change["resource"]}.intersection(self.only)
        words.update(step for step in self.steps if called(change, step))
        words.update({str(change.get("play"))}.intersection(self.plays))
        words.update(set(self.tags).intersection(change.get("tags") or ()))
        return words


def called(change, step):
    """Is it of the step with this title or number? An item of a loop has its label behind the title."""
    title = change["step"]
    return step in (title, str(change.get("number"))) or title.startswith(step + " (")


def notified(changes, other):
    """Is `other` what a handler did that one of these changes notified?"""
    names = {name for change in changes for name in change.get("notify") or ()}
    return bool(names.intersection(other.get("answers") or ()))
