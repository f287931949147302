"""The stage that writes: read again, snapshot, journal, write, prove."""

from hardener.host.change import Change
from hardener.host.errors import NotProven
from hardener.host.guard.play import Unguarded
from hardener.host.record import codec
from hardener.host.run.announced import Announced, joins
from hardener.host.run.laps import Laps
from hardener.host.run.view import View


class Apply:
    """Settles wants on the host itself, each announced in the journal before it is made."""

    name = "apply"

    def __init__(self, kinds, facts, token, store, journal, guard=None, coming=()):
        self.kinds = kinds
        self.store = store
        self.journal = journal
        self.guard = guard or Unguarded()
        self.announced = Announced(journal, kinds.secrecy, coming, kinds.system.forget_ahead)
        self.view = View(kinds, facts, None, token)
        self.changes = []
        self.laps = Laps(kinds.system, "plan")
        self._now = None  # the state that was read last of what is settled
        self._newest = None  # number of the change that a step made last, until that step has ended
        self._number = sum(1 for record in journal.records() if record["is"] == "change")

    def asks(self, when):
        """The checks of a step are asked before it, and after it has changed something."""
        return True

    def ended(self):
        """The step has made all that it wants; what fails from here on is not its doing."""
        self._newest = None

    def broke(self):
        """Note that the step has failed: what it made last did not end well, and was not killed."""
        if self._newest:
            self.journal.note(**{"is": "failed", "n": self._newest})
        self._newest = None

    def owe(self, resource, state):
        """Nothing: the engine recorded what is owed before the first change."""

    def settle(self, call, want, undoes=None, work=None):
        """Make the change that this want asks for, if any; return it, proved.

        `work()` is done between the journal and the write: the steps of a handler.
        """
        kind = self.kinds.of(want.resource)
        id = want.resource.id
        after = kind.canonical(id, want.state)
        before = self._before(kind, want.resource, after)
        if before == after:
            return None
        if want.opinion:
            self.view.changed()  # its program is asked of the host as it is now, not as the step saw it
        kind.check(id, before, after, self.view, want.opinion)
        change = Change.of(self.kinds, call, want.resource, before, after)
        self.laps.end("plan")
        call = dict(call, undoes=undoes or call.get("undoes"))
        change = self._make(call, kind, change, work)
        self.changes.append(change)
        return change

    def _before(self, kind, resource, after):
        """What is there; it is read again where it is to be written over, whoever has read it before."""
        kept = self.view.keeps(resource) and not kind.effect
        self._now = self.view.read(resource)
        if kept and kind.part(self._now, after) != after:
            self._now = self.view.read_again(resource)
        return kind.part(self._now, after)

    def _make(self, call, kind, change, work):
        """Make a change; return it, or the one that foretold it: many would take much room twice."""
        id = change.resource.id
        self.guard.foresee([change], self.journal)  # the preview may not have known of it
        prints, together = self._prints(kind, change), joins(kind, call, change)
        number = self._announce(call, change, prints, together)
        foretold = self.announced.foretold
        self.laps.end("snapshot")
        if work:
            work()
        self._newest = number
        if kind.redirects(change.before, change.after):
            self.view.look_anew()
        # The next line of the journal syncs the names that are owed.
        with self.kinds.system.owing_names(id if together else None):
            kind.write(id, change.before, change.after)
        self.view.changed()
        self.laps.end("write")
        self._prove(kind, change)
        now = dict(self._states(prints, kind), **self._prints(kind, change))
        for path in sorted(now, reverse=True):
            self.kinds.system.settle(path)
        # What nobody merges, a container for one: of what we left in it, the digest is enough.
        kept = (
            {path: codec.encode(state) for path, state in now.items()}
            if kind.container or not kind.merges
            else self._keep(now, False)
        )
        # Lost in a power cut, this is a change that broke off after its write: recovery knows it.
        self.journal.note(**{"is": "done", "n": number, "prints": kept})
        self.laps.end("prove")
        return foretold or change

    def _announce(self, call, change, prints, together):
        """Have the change in the journal, synced, with those that may follow it; return its number."""
        number = self.announced.take(call, change)
        if number:
            return number
        number = self._number + 1
        more = self.announced.following(call, change) if together else []
        self._number += 1 + len(more)
        records = [self._record(number, call, change, prints)]
        records += [
            self._record(n, about, each, {}) for n, (each, about) in enumerate(more, number + 1)
        ]
        self.journal.append_all(records)
        self.announced.stand(number + 1, more)
        if more:
            self._lay_ahead([change] + [each for each, _ in more])
        return number

    def _lay_ahead(self, changes):
        """Have on the disk what is just announced, beside its place: one wait for all of it."""
        files = {}
        for each in changes:
            kind, id = self.kinds.of(each.resource), each.resource.id
            files[id] = kind.ahead(id, each.before, each.after)
        self.kinds.system.lay_ahead({id: file for id, file in files.items() if file})

    def _record(self, number, call, change, prints):
        secret = change.secret
        return {
            "is": "change",
            "n": number,
            "play": call.get("play", 0),
            "step": call["title"],
            "number": call.get("number"),
            "tags": call.get("tags", []),
            "notify": call.get("notify", []),
            "answers": call.get("answers", []),
            "risk": change.risk,
            "where": call.get("where", ""),
            "resource": str(change.resource),
            "before": self._keep(change.before, secret),
            "after": self._keep(change.after, secret),
            "prints": self._keep(prints, False),
            "reverse": change.reverse,
            "secret": secret,
            "undoes": call.get("undoes"),
            "handler": call.get("handler"),
            "calls": codec.sealed(call["calls"], self.store.blobs) if "calls" in call else None,
        }

    def _keep(self, state, secret):
        """Store the contents of a state and return the rest as data; a secret state is stored whole."""
        if isinstance(state, dict):
            return {key: self._keep(value, secret) for key, value in state.items()}
        data = codec.encode(state, self.store.blobs.keep)
        return codec.sealed(data, self.store.blobs) if secret else data

    def _prints(self, kind, change):
        """The files that another program will write because of this change."""
        paths = kind.footprint(change.resource.id, change.before, change.after)
        return self._states(paths, kind)

    def _states(self, paths, kind):
        return self.kinds[kind.container or "file"].read(list(paths))

    def _prove(self, kind, change):
        self._now = self.view.read(change.resource)
        now = kind.part(self._now, change.after)
        if now != change.after:
            raise NotProven(
                "%s was written, but reads otherwise" % (change.resource,),
                why="\n".join(kind.diff(change.resource.id, change.after, now)[:20]),
            )
        reason = kind.effective(change.resource.id, change.after)
        if reason:
            raise NotProven("%s was written, but is not in effect" % (change.resource,), why=reason)

    def result(self, want):
        """What the step's generator is told of its want: the state as it was read back."""
        return self._now
