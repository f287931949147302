"""The packages of a virtual environment, as one set: name and version of each.

pip itself writes it, as the owner of the environment: exactly the versions that its dry run has
named, by their hashes where it has told them. Rollback puts back as bytes the whole environment,
but for the files of packages that stay; what belongs to those is in their RECORD.
"""

import csv
import posixpath

from hardener.host import pip
from hardener.host.door import owner
from hardener.host.door.tree import below
from hardener.host.errors import Refused, StepError
from hardener.host.kinds.base import Kind
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Tuple


class PipSet(NamedTuple):
    """(name, version) of each package; how the new ones are brought does not count."""

    packages: Tuple[Tuple[str, str], ...] = ()
    lines: Tuple[str, ...] = ()
    resolved: bool = True
    index_url: str = ""
    extra_index_urls: Tuple[str, ...] = ()
    find_links: Tuple[str, ...] = ()
    no_index: bool = False
    only_binary: bool = False

    def __eq__(self, other):
        return isinstance(other, PipSet) and self.packages == other.packages

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.packages)


def of(packages):
    return PipSet(tuple(sorted(packages.items())))


def Pip(top):  # noqa: N802 - reads as the thing that it names
    """The resource of what is installed in the environment at `top`."""
    return Resource("pip", top)


class PipKind(Kind):
    name = "pip"
    State = PipSet
    lies_in_files = True
    merges = False

    def __init__(self, system, store):
        super().__init__(system, store)
        self._plans = {}

    def read(self, ids):
        return {id: of(pip.installed(self.system, id)) for id in ids}

    def ask(self, id, question, view):
        """Return the PipSet that this pip.Request leads to."""
        foretold = view.read(Pip(id)).packages
        key = id, question, foretold
        if key not in self._plans:
            self._plans[key] = pip.plan(self.system, id, question, dict(foretold))
        found, options = self._plans[key], question.options
        return of(found.packages)._replace(
            lines=found.lines, resolved=found.resolved, **options._asdict()
        )

    def check(self, id, before, after, view, opinion=None):
        if "pip" in dict(before.packages) and "pip" not in dict(after.packages):
            raise Refused("%s would be without pip, which nothing could change it by" % id)

    def write(self, id, before, after):
        old, new = dict(before.packages), dict(after.packages)
        gone = sorted(set(old) - set(new))
        if gone:
            self._pip(id, after, ["uninstall", "--yes", "--"] + gone)
        if after.lines:
            words = ["--no-deps"] if after.resolved else []
            text = "".join(each + "\n" for each in after.lines)
            self._pip(id, after, ["install"] + words + ["-r", "/dev/stdin"], text)

    def _pip(self, id, state, words, text=""):
        options = pip.Options(*[getattr(state, name) for name in pip.Options._fields])
        argv = [id + "/bin/python", "-m", "pip"] + words
        ran = pip.run(self.system, argv, options, owner.identity(self.system, id), text)
        if not ran.ok:
            raise StepError("pip %s failed" % words[0], where=id, why=ran.why())

    def footprint(self, id, before, after):
        """All of it but the files of packages that stay."""
        stay = {name for name, _ in set(before.packages) & set(after.packages)}
        recorded = {
            path for site in pip.sites(self.system, id) for path in self._recorded(site, stay)
        }
        return tuple(p for p in below(self.system, id) if p != id and p not in recorded)

    def _recorded(self, site, names):
        """The files of these packages in one folder of packages (PEP 376)."""
        for folder in self.system.listdir(site):
            match = pip.INSTALLED.match(folder)
            record = "%s/%s/RECORD" % (site, folder)
            if match and pip.canonical(match.group(1)) in names and self.system.lstat(record):
                text = self.system.read(record).decode("utf-8", "surrogateescape")
                for row in csv.reader(text.splitlines()):
                    yield posixpath.normpath(posixpath.join(site, row[0]))

    def halfway(self, before, after, now):
        return True  # a killed pip leaves any mixture, and all of it is in the footprint

    def merge(self, id, before, after, now):
        return None

    def exists(self, state):
        return bool(state.packages)

    def diff(self, id, before, after):
        old, new = set(before.packages), set(after.packages)
        return ["- %s %s" % each for each in sorted(old - new)] + [
            "+ %s %s" % each for each in sorted(new - old)
        ]

    def action(self, before, after):
        return "change"


KIND = PipKind
