"""`reread` and `update` as supervisorctl does them, with more care for what runs.

What was started by hand (autostart=false) runs again after it. Where the new options say
stopasgroup, children that the old program leaves behind are ended. In the end every program
must run, or rest as it did.
"""

from hardener.host.errors import NotProven, StepError
from hardener.host.supervisor import children
from hardener.host.supervisor.daemon import call

SPARE = 15  # seconds beyond what its options say: a start is tried again after 1, 2, 3… seconds
RAN = ("STARTING", "RUNNING", "BACKOFF")
SIGTERM = 15


class Update:
    """One update of a supervisord.

    `left` are the groups that stay as they are, `whole` the (group, process) pairs of which
    nothing may outlive a stop. `again`: an earlier one was broken off, and may have stopped what
    it never started again. `user` is the uid that the supervisord runs as, None where nobody knows.
    """

    def __init__(self, system, where, left=(), whole=(), again=False, user=None):
        self.system = system
        self.where = where
        self.user = user
        self.left = left
        self.whole = whole
        self.again = again
        # (group, name) → what is known of a program, its options, its new options
        self.before, self.old, self.options = {}, {}, {}

    def call(self, method, *arguments):
        return call(self.system, self.where, method, *arguments)

    def run(self):
        """Restart the groups that differ, one after the other, then prove them."""
        self.before = self._programs()
        self.old = self._options()
        added, changed, removed = self.call("reloadConfig")[0]
        self.options = self._options()
        changed = [group for group in changed if group not in self.left]
        for group in removed + changed:
            self._stop(group)
            self.call("removeProcessGroup", group)
            if group in changed:
                self._add(group)
        for group in added:
            self._add(group)
        resumed = self._resume(changed + added) if self.again else []
        self._prove(set(changed + added + resumed))

    def _programs(self):
        return {(p["group"], p["name"]): p for p in self.call("getAllProcessInfo")}

    def _options(self):
        return {(c["group"], c["name"]): c for c in self.call("getAllConfigInfo")}

    def _of(self, group, known):
        return {key: each for key, each in known.items() if key[0] == group}

    # stopping

    def _stop(self, group):
        """Stop it and wait, also where somebody else is at it."""
        programs = self._of(group, self._programs())
        self.call("stopProcessGroup", group, False)
        self._wait(set(programs))
        for key, program in programs.items():
            if program["pid"] and key in self.whole:
                self._end_children(self.options[key], program["pid"])

    def _wait(self, keys):
        """Wait until these programs are at rest: for as long as their options say."""
        known = [each.get(key, {}) for each in (self.old, self.options) for key in keys]
        patience = max([each.get("stopwaitsecs", 0) for each in known] + [0])
        deadline = self.system.clock() + SPARE + patience
        while True:
            moving = [p for k, p in self._programs().items() if k in keys and not at_rest(p)]
            if not moving:
                return
            if self.system.clock() > deadline:
                raise StepError("supervisord can't stop %s" % ", ".join(map(full_name, moving)))
            self.system.sleep(0.1)

    def _end_children(self, options, pid):
        number, patience = options.get("stopsignal", SIGTERM), options.get("stopwaitsecs", 10)
        if self.user is not None:
            children.end(self.system, pid, number, patience, self.user)

    # starting

    def _add(self, group):
        """Add it, and start what was started by hand."""
        self.call("addProcessGroup", group)
        for key, options in self._of(group, self.options).items():
            if self._ran(key) and not options["autostart"]:
                self.call("startProcess", ":".join(key), False)

    def _resume(self, done):
        """Start what supervisord would have started at boot, and nobody has stopped by hand."""
        found = [key for key, p in sorted(self._programs().items()) if self._broken_off(p)]
        found = [key for key in found if key[0] not in done]
        for key in found:
            self._wait({key})
            self.call("startProcess", ":".join(key), False)
        return [group for group, _ in found]

    def _broken_off(self, program):
        options = self.options.get((program["group"], program["name"]), {})
        stopped = program["statename"] in ("STOPPED", "STOPPING")
        return stopped and options.get("autostart") and program["group"] not in self.left

    def _ran(self, key):
        return key in self.before and self.before[key]["statename"] in RAN

    # proving

    def _prove(self, groups):
        """Wait until every program of these groups runs, or is as it may be."""
        seconds = [o.get("startsecs", 1) for key, o in self.options.items() if key[0] in groups]
        deadline = self.system.clock() + SPARE + 2 * max(seconds + [0])
        while True:
            programs = [p for p in self._programs().values() if p["group"] in groups]
            waiting = [p for p in programs if not self._fine(p)]
            gave_up = [p for p in waiting if p["statename"] == "FATAL"]
            if not waiting or gave_up or self.system.clock() > deadline:
                break
            self.system.sleep(0.2)
        if waiting:
            raise NotProven(
                "supervisord was updated, but not every program runs",
                why="\n".join(map(words, waiting)),
                hint="its logs say more: supervisorctl tail %s stderr" % full_name(waiting[0]),
            )

    def _fine(self, program):
        """Does it run, or rest as it may: without autostart, ended well, or as it was before?"""
        key, state = (program["group"], program["name"]), program["statename"]
        options, before = self.options.get(key, {}), self.before.get(key, {}).get("statename")
        if state == "STOPPED":
            return not options.get("autostart", True) and not self._ran(key)
        if state == "EXITED":
            return before == state or program["exitstatus"] in options.get("exitcodes", [0, 2])
        return state == "RUNNING" or (state == before and state in ("FATAL", "BACKOFF"))


def at_rest(program):
    return program["statename"] in ("STOPPED", "EXITED", "FATAL", "UNKNOWN")


def full_name(program):
    group, name = program["group"], program["name"]
    return name if group == name else "%s:%s" % (group, name)


def words(program):
    reason = program.get("spawnerr") or program.get("description") or ""
    return "%s is %s%s" % (full_name(program), program["statename"], reason and ": " + reason)
