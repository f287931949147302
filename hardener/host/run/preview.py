"""The stage that writes nothing: wants are compared with a predicted host and noted in it."""

from hardener.host.change import Change
from hardener.host.errors import Restless
from hardener.host.run import announced
from hardener.host.run.laps import Laps
from hardener.host.run.overlay import Overlay
from hardener.host.run.unknowns import Unknowns
from hardener.host.run.view import View


class Preview:
    """Settles wants on an overlay; the same generators then run in Apply."""

    name = "preview"

    def __init__(self, kinds, facts, token, overlay=None):
        self.kinds = kinds
        self.overlay = overlay or Overlay()
        self.view = View(kinds, facts, self.overlay, token)
        self.changes = []
        self.joining = []  # of each change, what announced.told says; None where it stands alone
        self.laps = Laps(kinds.system, self.name)
        self.owed = []
        self.unknown = Unknowns()

    def asks(self, when):
        """Are the checks of a step asked now? What earlier steps would change, only the apply can ask."""
        return when == "preflight" and self.overlay.empty

    def ended(self):
        """Nothing was written that could have ended well."""

    def broke(self):
        """Nothing was written that could have broken off."""

    def owe(self, resource, state):
        """Note a handler that will fire, and the generation that it has seen so far."""
        self.owed.append((resource, state))

    def settle(self, call, want, undoes=None, work=None):
        """Return the Change that this want would make, or None; `work()` is part of making it."""
        kind = self.kinds.of(want.resource)
        id = want.resource.id
        known, after = self.view.read(want.resource), kind.canonical(id, want.state)
        before = kind.part(known, after)
        if before == after:
            return None
        self.permit(kind, want, before, after)
        change = Change.of(self.kinds, call, want.resource, before, after)
        if work:
            work()
        self.overlay.step = call["title"]
        kind.predict(self.overlay, id, known, after)
        if kind.redirects(before, after):
            self.view.look_anew()
        self.changes.append(change)
        together = announced.joins(kind, call, change)
        self.joining.append(announced.told(call) if together else None)
        return change

    def permit(self, kind, want, before, after):
        """Raise Refused where this may not be written here."""
        kind.check(want.resource.id, before, after, self.view, want.opinion)

    def result(self, want):
        """What the step's generator is told of its want: the predicted state."""
        return self.overlay.find(want.resource) or want.state


class Convergence(Preview):
    """The same play once more over what it would leave behind: nothing may be left to do."""

    name = "convergence"

    def asks(self, when):
        return False

    def settle(self, call, want, undoes=None, work=None):
        if self.kinds.of(want.resource).opaque:
            return  # it runs in each run, whatever its text is then: nothing that could rest
        writer = self.overlay.writer(want.resource)
        change = super().settle(call, want, undoes, work)
        if change is not None:
            raise Restless(
                "the play would never come to rest: «%s» and «%s» fight over %s"
                % (writer, call["title"], want.resource),
                why="\n".join(
                    self.kinds.of(want.resource).diff(want.resource.id, *change[1:3])[:20]
                ),
                hint="let one step write it",
            )
