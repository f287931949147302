"""Load the rules of the kernel's audit from /etc/audit/audit.rules, as a boot does (auditctl(8), -R).

The kernel takes the first that it refuses for the last: so their number is counted afterwards. What
would lock them (`-e 2`) is left to the next boot, so that a rollback can load the earlier ones. Once
they are locked nobody loads any before the next boot. Rules that are in no file are lost by a load.
"""

from hardener.host.door import staging
from hardener.host.errors import Denied, NotApplicable, NotProven, StepError
from hardener.host.kinds.base import BEST_EFFORT
from hardener.host.kinds.effect import Effect, Fired
from hardener.host.kinds.file import File
from hardener.host.resource import Resource
from hardener.host.text import audit_rules

FOLDER = "/etc/audit/rules.d"
COMPILED = "/etc/audit/audit.rules"
LOAD = Resource("audit_load", "kernel")
STALE = "stale"  # no generation is called so
# On a copy, which is gone with its mount namespace.
COMPILE = (
    'mount -t tmpfs none /run && cp -r "$1" /run/audit && mount --bind /run/audit /etc/audit && '
    "augenrules >/dev/null && exec cat %s" % COMPILED
)


class AuditLoad(Effect):
    name = "audit_load"

    def __init__(self, system, store):
        super().__init__(system, store)
        self._stale = None

    def read(self, ids):
        """What was loaded last; where the kernel has not what the file says, no generation at all."""
        if self._stale is None:
            self._stale = self._differs()
        known = super().read(ids)
        return {id: Fired(STALE) if self._stale else known[id] for id in ids}

    def write(self, id, before, after):
        self._stale = None
        super().write(id, before, after)

    def _differs(self):
        if not (self.system.live and self.system.can_run("auditctl")):
            return False
        status = self._status()
        return status.get("enabled") in ("0", "1") and self._listed() != self._filed()

    def _status(self):
        """Return what auditctl says of the kernel, {word: value}; empty where it may not ask."""
        ran = self.system.run(["auditctl", "-s"], changes=False)
        words = [line.split() for line in ran.out.splitlines()]
        found = {each[0]: each[1] for each in words if len(each) > 1}
        return found if "enabled" in found else {}

    def _listed(self):
        ran = self.system.run(["auditctl", "-l"], changes=False)
        return len(audit_rules.rules(ran.out))

    def _filed(self):
        there = self.system.lstat(COMPILED) is not None
        text = self.system.read(COMPILED).decode("utf-8", "replace") if there else ""
        return len(audit_rules.rules(text))

    def fire(self, id):
        if self._status().get("enabled") == "2":
            raise StepError(
                "the audit rules are locked until the next boot",
                why="the kernel was told `-e 2`",
                hint="reboot: %s is loaded then" % COMPILED,
            )
        text = audit_rules.unlocked(self.system.read(COMPILED).decode("utf-8", "surrogateescape"))
        ran = self._loaded(text)
        wanted, found = len(audit_rules.rules(text)), self._listed()
        if not ran.ok or found != wanted:
            why = ran.err.strip() or "it has %d rules, the file says %d" % (found, wanted)
            raise NotProven("the kernel did not take all rules of %s" % COMPILED, why=why)

    def _loaded(self, text):
        with staging.folder(self.store) as folder:
            path, data = folder + "/audit.rules", text.encode("utf-8", "surrogateescape")
            self.system.scratch().replace(path, [data], 0o600, *self.store.owner)
            ran = self.system.run(["auditctl", "-R", path])
            return ran._replace(err=ran.err.replace(path, COMPILED))

    def ask(self, id, question, view):
        return {"status": self._possible, "compiled": self._compiled}[question](view)

    def _possible(self, view):
        """Return (are they locked?, rules of the kernel, rules of the file); raises NotApplicable."""
        status = self._status()
        if status:
            return status["enabled"] == "2", self._listed(), self._filed()
        if not self.system.privileged:
            raise Denied("only root may ask for the audit rules")
        raise NotApplicable(
            "this host's kernel lets no audit rules be set from here",
            why=self.system.run(["auditctl", "-s"], changes=False).why(),
            hint="in a container they are those of its machine; `live: false` writes files alone",
        )

    def _compiled(self, view):
        """Return what augenrules makes of the files as the view shows them; None where it can't be asked."""
        if not (view.live and self.system.privileged and self.system.can_run("augenrules")):
            return None
        if not self.system.writes:  # an audit looks at what is there
            return self._merged("/etc/audit")
        with staging.folder(self.store) as folder:
            self._lay(folder + "/audit", view)
            return self._merged(folder + "/audit")

    def _lay(self, folder, view):
        system, owner = self.system.scratch(), self.store.owner
        for path in (folder, folder + "/rules.d"):
            system.mkdir(path, 0o700, *owner)
        for path in view.glob(FOLDER + "/*.rules"):
            state = view.read(File(view.resolve(path)))
            place = folder + "/rules.d" + path[len(FOLDER) :]
            system.replace(place, state.content.chunks(), 0o600, *owner)

    def _merged(self, folder):
        argv = ["unshare", "--mount", "sh", "-c", COMPILE, "sh", folder]
        ran = self.system.run(argv, changes=False)
        return ran.out if ran.ok and ran.out else None

    def reversible(self, id, before, after):
        return BEST_EFFORT if before.generation == STALE else self.reverse

    def words(self, id):
        return "auditctl -R %s" % COMPILED


KIND = AuditLoad
