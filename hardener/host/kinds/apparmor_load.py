"""Have the kernel know the profiles of one file of /etc/apparmor.d as the files say: apparmor_parser(8).

The id is the name of the file and, in brackets, of the profiles in it: with the file gone, they are
to be unloaded all the same. What runs already is confined when it starts again. A file without
a profile is loaded, and nothing is proved of it.
"""

import posixpath

from hardener.host import access
from hardener.host.errors import NotApplicable, NotProven, StepError
from hardener.host.kinds.effect import Effect, Fired
from hardener.host.resource import Resource
from hardener.host.text import apparmor

FOLDER = "/etc/apparmor.d"
DISABLED, COMPLAINING = FOLDER + "/disable", FOLDER + "/force-complain"
LISTED = "/sys/kernel/security/apparmor/profiles"
STALE = "stale"  # no generation is called so


def Load(name, profiles):  # noqa: N802 - reads as the thing that it names
    return Resource("apparmor_load", "%s (%s)" % (name, ", ".join(sorted(profiles))))


def parsed(id):
    """Return (name of the file, names of the profiles)."""
    name, _, profiles = id.partition(" (")
    return name, [each for each in profiles[:-1].split(", ") if each]


class ApparmorLoad(Effect):
    name = "apparmor_load"

    def __init__(self, system, store):
        super().__init__(system, store)
        self._stale = {}

    def read(self, ids):
        """What was loaded last; where the kernel has it otherwise than the files say, no generation."""
        known = super().read(ids)
        for id in ids:
            if id not in self._stale:
                self._stale[id] = bool(self._kernel() is not None and self._otherwise(id))
        return {id: Fired(STALE) if self._stale[id] else known[id] for id in ids}

    def write(self, id, before, after):
        self._stale.pop(id, None)
        super().write(id, before, after)

    def _kernel(self):
        """Return {profile: mode} of those that are loaded; None where there is no AppArmor."""
        if not self.system.live or self.system.lstat(LISTED) is None:
            return None
        return apparmor.loaded(self.system.read(LISTED).decode("utf-8", "replace"))

    def _otherwise(self, id):
        """Say what the kernel has otherwise than the files; "" if nothing."""
        name, profiles = parsed(id)
        kernel, on, complaining = self._kernel() or {}, self._on(name), self._complaining(name)
        for each in profiles:
            mode = kernel.get(each)
            if not on and mode:
                return "%s is loaded" % each
            if on and not mode:
                return "%s is not loaded" % each
            if on and complaining is not None and (mode == "complain") != complaining:
                return "%s is in mode %s" % (each, mode)
        return ""

    def _on(self, name):
        there = self.system.lstat("%s/%s" % (FOLDER, name))
        return there is not None and self.system.lstat("%s/%s" % (DISABLED, name)) is None

    def _complaining(self, name):
        """Do the profiles of a file only complain? None where some do, by the file itself."""
        if self.system.lstat("%s/%s" % (COMPLAINING, name)):
            return True
        path = "%s/%s" % (FOLDER, name)
        text = self._text(path) if self.system.lstat(path) else ""
        return None if apparmor.complains(text) else False

    def _text(self, path):
        return self.system.read(path).decode("utf-8", "surrogateescape")

    def fire(self, id):
        if self._kernel() is None:
            return
        name, profiles = parsed(id)
        if self._on(name):
            self._run(["apparmor_parser", "-r", "-T", "%s/%s" % (FOLDER, name)])
        else:
            for each in [each for each in profiles if each in self._kernel()]:
                self._run(["apparmor_parser", "-R"], ('profile "%s" {}\n' % each).encode("utf-8"))
        why = self._otherwise(id)
        if why:
            raise NotProven("the kernel did not take what %s says" % name, why=why)

    def _run(self, argv, stdin=b""):
        ran = self.system.run(argv, stdin)
        if not ran.ok:
            raise StepError("%s failed" % " ".join(argv), why=ran.why())

    def ask(self, id, question, view):
        """Return the profiles of a text, and of the file as it is on the disk before anything is written."""
        if question == "possible":
            return self._possible()
        path, text = "%s/%s" % (FOLDER, parsed(id)[0]), question
        there = self.system.lstat(path) is not None
        return self._names(text) + (self._names(self._text(path)) if there else [])

    def _possible(self):
        if self._kernel() is None:
            raise NotApplicable(
                "this host's kernel has no AppArmor",
                why="there is no %s" % LISTED,
                hint="boot with `apparmor=1 security=apparmor`; in a container it is the machine's; "
                "`live: false` writes files alone",
            )

    def _names(self, text):
        """Return the names of the profiles in a text, without those within others."""
        if not self.system.can_run("apparmor_parser"):
            return []
        ran = self.system.run(
            ["apparmor_parser", "-N"], text.encode("utf-8", "surrogateescape"), changes=False
        )
        return [each for each in ran.out.splitlines() if each and "//" not in each]

    def risk(self, id, before, after):
        """A profile of sshd or sudo that says too little keeps everybody out."""
        found = [access.by_unit(posixpath.basename(each)) for each in parsed(id)[1]]
        return next((risk for risk in found if risk), "")

    def words(self, id):
        return "apparmor_parser -r %s/%s" % (FOLDER, parsed(id)[0])


KIND = ApparmorLoad
