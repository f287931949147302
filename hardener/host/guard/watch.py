"""The guard's process: wait in this boot, undo at once in another, end when the run is over.

Its way of undoing is the engine's own, under the same lock.
"""

import sys

from hardener.host import facts
from hardener.host.door.system import System
from hardener.host.errors import Busy, HostError, JournalError
from hardener.host.facts.system import systemd
from hardener.host.guard import state, unit
from hardener.host.record import lock
from hardener.host.record.store import Store
from hardener.host.run.engine import Engine
from hardener.host.undo.recovery import Recovery

POLL = 0.5  # seconds
AGAIN = 15.0  # seconds, after an undo that was not whole
BOOT = 300.0  # seconds that a boot may take before services are put back all the same


def main(run):
    """Watch over `run` until it is over; exit 0, or GAVE_UP where its record is damaged."""
    system = System("/")
    store = Store(system)
    try:
        Watch(system, store, run).go()
    except JournalError as error:
        say("%s: %s\n%s" % (error.where, error.what, error.why))
        say("this guard gives up: run %s is NOT undone by itself" % run)
        unit.give_up(system, store, run)
        sys.exit(unit.GAVE_UP)


class Watch:
    """One guard over one run."""

    def __init__(self, system, store, run):
        self.system = system
        self.store = store
        self.run = run

    def go(self):
        now = self.state()
        rebooted = now.armed and now.rebooted(self.system)
        if rebooted:
            self.early()
        self.system.notify("READY=1")
        if rebooted:
            self.await_boot()
        while not self.state().over:
            self.system.sleep(POLL)
            if self.due():
                self.undo()
        with lock.held(self.store, self.run, 600):
            unit.remove(self.system, self.run)
        unit.reload(self.system)  # the last of all: killed after it, the unit would stay as failed

    def state(self):
        """What the journal says; a run that is not there was never begun: nothing to watch."""
        if self.store.known(self.run) is None:
            return state.State(over=True)
        return state.read(self.store.journal(self.run).records())

    def due(self):
        """Is it past its deadline, of another boot, or without anybody who carries it out?"""
        now = self.state()
        if now.over:
            return False
        if now.waits or now.rebooted(self.system):
            return not now.left(self.system)
        return lock.free(self.store)

    def early(self):
        """Put back what lies on the disk, before anything reads it; the rest waits for its programs."""
        try:
            with lock.held(self.store, self.run):
                Recovery(self.engine({})).put_back_at_rest(self.run)
        except Exception as error:  # noqa: BLE001 - whatever breaks, the host must go on booting
            say("before the boot went on: %s" % error)

    def await_boot(self):
        """Wait until the boot is done: before, a program that is started would wait for us."""
        deadline = self.system.clock() + BOOT
        while systemd(self.system) and self.system.clock() < deadline:
            if not self.system.run(["systemctl", "list-jobs", "--no-legend"], changes=False).out:
                return
            self.system.sleep(1)

    def undo(self):
        """Undo it whole; where something is left, try again later: somebody may mend it meanwhile."""
        try:
            with lock.held(self.store, self.run, 600):
                Recovery(self.engine(facts.gather(self.system)), unit.remove).recover("")
        except Busy as error:
            say("%s: %s" % (error.what, error.why))
        except HostError as error:
            say("%s\n%s" % (error.what, error.why))
            self.system.sleep(AGAIN)

    def engine(self, known):
        return Engine(self.system, known, tell, None, self.store)


def tell(event):
    if event["event"] == "undone":
        say("%s %s %s" % (event["status"], event["resource"], event["why"]))


def say(text):
    """Write to the journal of systemd."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
