"""The set of all packages, as one resource: one read, one transaction, dependencies and all.

Rollback goes from the set that is to the set that was, with archives that were
kept where a repository has the versions no more. What the scripts of packages
did beside that (accounts apart) is theirs: best effort, and so it says.
"""

import fnmatch
from typing import NamedTuple, Tuple

from hardener.host import access, package_managers
from hardener.host.errors import Refused
from hardener.host.kinds.base import BEST_EFFORT, Kind
from hardener.host.package_managers import INSTALLED, coming
from hardener.host.resource import Resource

# Scripts of packages make accounts; apt notes here what it installed by itself.
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
    "/var/lib/apt/extended_states",
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

    def read(self, ids):
        return {id: PackageSet(tuple(self._manager(id).read())) for id in ids}

    def _manager(self, id):
        return package_managers.load(id)(self.system, self.store.path("packages"))

    def ask(self, id, question, view):
        """Return the PackageSet that this Request leads to."""
        now = view.read(Resource(self.name, id)).by_name
        words = [word for word in question.names if not satisfied(word, question, now)]
        if not words:
            return of(now)
        self._allow()
        self.store.prepare()
        for name, entry in self._manager(id).simulate(question, words).items():
            now.pop(name, None) if entry is None else now.update({name: entry})
        return of(now)

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
        """Accounts, and the configuration files that a purge takes away (deb-conffiles(5))."""
        purged = sorted(set(before.by_name) - set(after.by_name))
        return tuple(sorted(set(WRITTEN).union(self._manager(id).configuration(purged))))

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
        """Take our changes out, package by package; None where somebody has changed one of them since."""
        was, will, there = before.by_name, after.by_name, now.by_name
        for name in set(was) | set(will):
            old, ours = was.get(name), will.get(name)
            if old == ours:
                continue
            if not ours_still(there.get(name), old, ours):
                return None
            there.pop(name, None) if old is None else there.update({name: old})
        return of(there)

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
    half = found is not None and found[1] not in (INSTALLED, "config-files")
    return half or (found and found[:2]) in (old and old[:2], ours and ours[:2])


def shown(name, entry):
    version, status, auto = entry
    more = [
        word
        for word in (status if status != INSTALLED else "", "as a dependency" if auto else "")
        if word
    ]
    return " ".join([name, version] + (["(%s)" % ", ".join(more)] if more else []))


def satisfied(word, request, known):
    """Is this `name` or `name=version` already as asked?"""
    name, _, version = word.partition("=")
    # rpm's names carry the architecture: nginx is nginx.x86_64, nginx.i686 or nginx.noarch.
    entries = [
        entry for key, entry in known.items() if key == name or key.rpartition(".")[0] == name
    ]
    there = [entry for entry in entries if entry[1] == INSTALLED]
    if request.state == "absent":
        return not (entries if request.purge else there)
    if request.state == "latest":
        return False
    return any(not version or fnmatch.fnmatch(entry[0], version) for entry in there)


KIND = PackageKind
