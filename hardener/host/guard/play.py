"""The guard of one play, as the engine sees it: armed before, waited for after, gone at a rollback."""

from hardener.host.guard import unit
from hardener.host.guard.state import UNCONFIRMED
from hardener.host.record import lock


class Guard:
    """`wish` is the controller's: {"within": seconds, "confirm": auto or manual}."""

    def __init__(self, system, store, run, wish):
        self.system = system
        self.store = store
        self.run = run
        self.within = wish["within"]
        self.armed = False

    def foresee(self, changes, journal):
        """Be armed before changes that could cut the way in; raises Refused, and nothing is left of it."""
        if not self.armed and any(change.risk for change in changes):
            self._arm(journal)
            self.armed = True

    def _arm(self, journal):
        journal.append(**{"is": "armed", "boot": lock.boot_id(self.system)})
        try:
            unit.arm(self.system, self.store, self.run)
            unit.tell(self.system, self.store, self.run)
        except BaseException:
            unit.disarm(self.system, self.run)
            raise

    def ended(self, word, end):
        """The play has ended with `word`, if that is confirmed: return the seconds in which to do it.

        From now on, the last write, the deadline counts.
        """
        if not self.armed:
            end(word)
            return None
        deadline, boot = self.system.clock() + self.within, lock.boot_id(self.system)
        end(UNCONFIRMED, then=word, deadline=deadline, boot=boot)
        return self.within

    def undone(self):
        """The play was put back: there is nothing to confirm."""
        if self.armed:
            unit.disarm(self.system, self.run)


class Unguarded:
    """No guard: in a tree that is not booted, and where the user wants none."""

    def foresee(self, changes, journal):
        pass

    def ended(self, word, end):
        end(word)

    def undone(self):
        pass


def of(system, store, run, wish):
    """Return the guard of a play, which is armed when a change needs it."""
    return Guard(system, store, run, wish) if wish and system.live else Unguarded()
