"""The guard of one play, as the engine sees it: armed before, waited for after, gone at a rollback."""

from hardener.host import lock
from hardener.host.guard import unit
from hardener.host.guard.state import UNCONFIRMED


class Guard:
    """`wish` is the controller's: {"within": seconds, "confirm": auto or manual}."""

    def __init__(self, system, store, run, wish):
        self.system = system
        self.store = store
        self.run = run
        self.within = wish["within"]

    def arm(self, journal):
        """Announce it, arm it and see that it is; raises Refused, and then nothing is left of it."""
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
        deadline, boot = self.system.clock() + self.within, lock.boot_id(self.system)
        end(UNCONFIRMED, then=word, deadline=deadline, boot=boot)
        return self.within

    def undone(self):
        """The play was put back: there is nothing to confirm."""
        unit.disarm(self.system, self.run)


class Unguarded:
    """A play that can cut nobody's way in."""

    def arm(self, journal):
        pass

    def ended(self, word, end):
        end(word)

    def undone(self):
        pass


def of(changes, system, store, run, wish):
    """Return the guard that these changes need: none in a tree, or where the user wants none."""
    risky = [change for change in changes if change.risk]
    if not (risky and wish and system.live):
        return Unguarded()
    return Guard(system, store, run, wish)
