"""The set of all packages, as one resource: one read, one transaction, dependencies and all.

Rollback goes from the set that is to the set that was, with archives that were
kept where a repository has the versions no more. What the scripts of packages
did beside that (accounts apart) is theirs: best effort, and so it says.
"""

import fnmatch

from hardener.host import access, package_managers
from hardener.host.errors import Refused, StepError, Unseen
from hardener.host.kinds.base import BEST_EFFORT, Kind
from hardener.host.package_managers import INSTALLED, WHOLE, coming
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Tuple

# Scripts of packages make accounts.
WRITTEN = (
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/passwd-",
    "/etc/group-",
    "/etc/shadow-",
    "/etc/gshadow-",
    "/etc/subuid",
    "/etc/subgid",
)


class PackageSet(NamedTuple):
    """(name, version, status, auto) of every package; status is dpkg's, `auto` installed as a dependency."""

    packages: Tuple[Tuple[str, str, str, bool], ...] = ()

    @property
    def by_name(self):
        return {package[0]: tuple(package[1:]) for package in self.packages}


def of(by_name):
    return PackageSet(tuple(sorted((name,) + tuple(rest) for name, rest in by_name.items())))


class PackageKind(Kind):
    name = "package"
    State = PackageSet
    reverse = BEST_EFFORT
    sweeps = True

    def __init__(self, system, store):
        super().__init__(system, store)
        self._stays = {}
        self._asked = ()  # words of the step that looks just now

    def read(self, ids):
        return {id: PackageSet(tuple(self._manager(id).read())) for id in ids}

    def _manager(self, id):
        return package_managers.load(id)(self.system, self.store.path("packages"))

    def ask(self, id, question, view):
        """Return the PackageSet that this Request leads to."""
        now, manager = view.read(Resource(self.name, id)).by_name, self._manager(id)
        self._asked = question.names
        words = [word for word in question.names if not satisfied(word, question, now, manager)]
        if not words:
            return of(now)
        whole(now)
        predict = self._simulated if self.system.writes else self._looked_up
        for name, entry in predict(manager, question, words).items():
            now.pop(name, None) if entry is None else now.update({name: entry})
        return of(now)

    def _simulated(self, manager, question, words):
        self._allow()
        self.store.prepare()
        return manager.simulate(question, words)

    def _looked_up(self, manager, question, words):
        """What is certain without a simulation, for which apt writes; only newer versions need one."""
        if question.state != "latest":
            return {word.partition("=")[0]: certain(word, question) for word in words}
        try:
            return manager.simulate(question._replace(update_cache=False), words)
        except StepError as error:
            raise Unseen(error.what, error.where, error.why, "an audit fetches no newer lists")

    def _allow(self):
        if not self.system.privileged:
            raise Refused("only root can install or remove packages")

    def check(self, id, before, after, view, opinion=None):
        self._allow()
        for note in self._manager(id).notes(before.by_name, after.by_name)[:10]:
            view.note(note)

    def predict(self, overlay, id, before, after):
        """New packages bring files, units and accounts that nobody knows before they are there."""
        overlay.put(self.name, id, after)
        overlay.arriving.extend(name for name, _ in coming(before.by_name, after.by_name))

    def footprint(self, id, before, after):
        """Accounts, and the configuration files of what changes (deb-conffiles(5))."""
        names = sorted({package[0] for package in set(before.packages) ^ set(after.packages)})
        return tuple(sorted(set(WRITTEN).union(self._manager(id).configuration(names))))

    def write(self, id, before, after):
        self.store.prepare()
        self._manager(id).change(before.by_name, after.by_name)

    def needs(self, id, before, after):
        going = package_managers.going(before.by_name, after.by_name)
        return ["packages/" + path for path in self._manager(id).kept(going)]

    def stock(self):
        sizes = self.system.sizes(self.store.path("packages/archives"))
        return {"packages/archives/" + n: s for n, s in sizes.items() if n.endswith(".deb")}

    def risk(self, id, before, after):
        touched = set(before.packages) ^ set(after.packages)
        return access.by_package({package[0] for package in touched})

    def merge(self, id, before, after, now):
        """Take our changes out, package by package; None where somebody has changed one of them since.

        What came as a dependency, and is one of somebody else's package by now, stays.
        """
        was, will, there = before.by_name, after.by_name, now.by_name
        for name in set(was) | set(will):
            old, ours = was.get(name), will.get(name)
            if old == ours:
                continue
            if not ours_still(there.get(name), old, ours):
                return None
            there.pop(name, None) if old is None else there.update({name: old})
        going = sorted(set(now.by_name) - set(there))
        needed = self._manager(id).needed(going, now.by_name)
        self._stays[id] = sorted(needed)
        return of(dict(there, **{name: now.by_name[name] for name in needed}))

    def remark(self, id):
        stays = self._stays.get(id)
        return "%s stays: it is needed by what came since" % ", ".join(stays) if stays else ""

    def evidence(self, id, state):
        """Those that the step has asked for, with their versions."""
        manager, known = self._manager(id), state.by_name
        return [
            shown(name, known[name])
            for word in self._asked
            for name in sorted(known)
            if manager.matches(word, name)
        ] or ["not there: " + word for word in self._asked]

    def diff(self, id, before, after):
        was, will = before.by_name, after.by_name
        lines = []
        for name in sorted(set(was) | set(will)):
            if was.get(name) != will.get(name):
                lines += [
                    s + " " + shown(name, e[name])
                    for s, e in (("-", was), ("+", will))
                    if name in e
                ]
        return lines


def ours_still(found, old, ours):
    """Is a package as we found it or left it, or where an interrupted transaction left it?

    Marks as automatic come last in a transaction, so they say nothing.
    """
    half = found is not None and found[1] not in WHOLE
    return half or (found and found[:2]) in (old and old[:2], ours and ours[:2])


def shown(name, entry):
    version, status, auto = entry
    more = [
        word
        for word in (status if status != INSTALLED else "", "as a dependency" if auto else "")
        if word
    ]
    return " ".join([name, version] + (["(%s)" % ", ".join(more)] if more else []))


def whole(known):
    """Refuse where an earlier transaction broke off: what finishing it does, nobody foresees."""
    half = sorted((n, e[1]) for n, e in known.items() if e[1] not in WHOLE)
    if half:
        raise Refused(
            "dpkg was interrupted",
            why=", ".join("%s is %s" % pair for pair in half[:5]),
            hint="`dpkg --configure -a` on the host finishes that, or says what is amiss",
        )


def certain(word, request):
    """What will be of a package that is not as asked, although nobody knows the version: it comes or goes."""
    version = word.partition("=")[2] or "in some version"
    return None if request.state == "absent" else (version, INSTALLED, False)


def satisfied(word, request, known, manager):
    """Is this `name` or `name=version` already as asked?"""
    version = word.partition("=")[2]
    entries = [entry for name, entry in known.items() if manager.matches(word, name)]
    there = [entry for entry in entries if entry[1] == INSTALLED]
    if request.state == "absent":
        return not (entries if request.purge else there)
    if request.state == "latest":
        return False
    return any(not version or fnmatch.fnmatch(entry[0], version) for entry in there)


KIND = PackageKind
