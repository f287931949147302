"""The host as a play would leave it, for those who ask whether it would still let somebody in."""

import contextlib
import posixpath
import re

from hardener.host.access.answers import Unasked
from hardener.host.errors import Refused, StepError
from hardener.host.kinds.file import File
from hardener.host.kinds.service import Service
from hardener.host.run.preview import Preview
from hardener.host.systemd import units
from hardener.host.typed import NamedTuple

LARGEST = 1 << 20  # a file that a program of ours would read is smaller


class Account(NamedTuple):
    """One user (passwd(5))."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str


def present(preview):
    """Return the Preview of no play at all: the host as it is."""
    return Preview(preview.kinds, preview.view.facts, "")


class Planned:
    """A context: what `preview` foretells, read by its view or by programs in a rehearsal of it."""

    def __init__(self, preview):
        self.preview = preview
        self.view = preview.view
        self.system = preview.kinds.system
        self._held = contextlib.ExitStack()
        self._rehearsal = None
        self._accounts = {}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return self._held.__exit__(*exc)

    # files

    def state(self, path):
        try:
            return self.view.read(File(self.view.resolve(path)))
        except Refused as refused:  # a link that somebody else may have planted
            raise Unasked(refused.what, why=refused.why)

    def text(self, path):
        return self.state(path).text()

    def exists(self, path):
        return self.state(path).exists

    # programs

    def program(self, name):
        """Return the path of a program, which a play may bring or take away; None without it."""
        if name.startswith("/"):
            state = self.state(name)
            return name if state.type == "file" and state.mode & 0o111 else None
        return self.system.which(name)

    def run(self, argv):
        """Run a program on the planned host, and return programs.Ran."""
        if self._rehearsal is None:
            self._rehearsal = self._held.enter_context(self.rehearsal())
        ran = self._rehearsal.run(argv)
        if ran.code in (124, 127):
            raise Unasked("%s gives no answer" % posixpath.basename(argv[0]), why=ran.why())
        return ran

    def really(self, argv):
        """Return what a program says that only looks, of the host as it is."""
        ran = self.system.run(argv, changes=False, timeout=10)
        if not ran.ok:
            raise Unasked("%s gives no answer" % argv[0], why=ran.why())
        return ran.out

    def rehearsal(self, network=False):
        """Return a rehearsal.Rehearsal of it; raises Unasked where this host allows none."""
        if not self.system.privileged:
            raise Unasked("only root can try it")
        try:
            from hardener.host.run.rehearsal import Rehearsal
        except ImportError:  # python3-minimal has no ctypes
            raise Unasked("this Python can't try it")
        return Rehearsal(self.system, self._folders(), network)

    def _folders(self):
        """What is to be laid over what is there, as Rehearsal takes it; not in others' folders."""
        return [(f, self._entries(f)) for f in self.preview.overlay.folders() if self._ours(f)]

    def _ours(self, folder):
        there = self.preview.overlay.origin(folder) is not None
        return there and self.state(folder).exists and not self.system.keepers(folder + "/-")

    def _entries(self, folder):
        found = {
            name: self._entry(posixpath.join(folder, name)) for name in self.view.listdir(folder)
        }
        return {name: entry for name, entry in found.items() if entry is not False}

    def _entry(self, path):
        """The state of a planned path; None where it is as it was, False where it is left out."""
        resource, overlay = File(path), self.preview.overlay
        if path in overlay.unknowns():
            return None if self.system.lstat(path) else False
        state = overlay.find(resource)
        if state is None and overlay.origin(path) != path:
            state = self._arrived(path)
        if state is None or (state.type == "directory" and self.system.listdir(path)):
            return None
        large = state.content is not None and state.content.size > LARGEST
        return False if large or state.type == "special" else state

    def _arrived(self, path):
        """The state of what a move has brought."""
        state = self.view.read(File(path))
        if state.type == "directory":
            raise Unasked("the folder %s is moved" % path)
        return state

    # accounts

    def account(self, name):
        """Return the Account by the planned name service; None without one."""
        if name not in self._accounts:
            fields = self.run(["getent", "passwd", "--", name]).out.strip().split(":")
            known = len(fields) == 7
            self._accounts[name] = (
                Account(
                    fields[0], int(fields[2]), int(fields[3]), fields[5], fields[6] or "/bin/sh"
                )
                if known
                else None
            )
        return self._accounts[name]

    def groups(self, name):
        """Return the names of a user's groups, the first one first."""
        return self.run(["id", "-Gn", "--", name]).out.split()

    def now(self):
        return self.system.now()

    # systemd

    def service(self, unit):
        """Return the predicted ServiceState; at rest where no systemd runs."""
        try:
            return self.view.read(Service(self._own_name(unit)))
        except StepError as error:
            raise Unasked(error.what, why=error.why)

    def _own_name(self, unit):
        """`ssh.service` where `sshd` is its alias, which a play that disables it takes away."""
        name = units.full(unit)
        path = units.find(self.view, name) or units.find(present(self.preview).view, name)
        return posixpath.basename(path or name)

    def running(self, unit):
        return self.service(unit).running

    def unit(self, name):
        """Return [(file name, text)] of a unit and its drop-ins, in the order in which they count."""
        path = units.find(self.view, name)
        paths = [path] if path else []
        paths += sorted(units.drop_ins(self.view, name), key=posixpath.basename)
        return [(posixpath.basename(each), self.text(each)) for each in paths]

    # whose work

    def guilty(self, no, subjects):
        """Return the change that a No comes from: by its file, by the word in one, else the first."""
        changes = [c for c in self.preview.changes if any(concerns(s, c) for s in subjects)]
        named = [c for c in changes if c.resource == File(no.path or "/")]
        return next(iter(named or [c for c in changes if no.word and says(c, no.word)] or changes))

    def step(self, change):
        return self.preview.overlay.writer(change.resource)


def says(change, word):
    """Does a file come to say something with this word in it, or cease to?"""
    texts = [written(state) for state in (change.before, change.after)]
    lines = [set(text.splitlines()) for text in texts if text is not None]
    return len(lines) == 2 and any(
        re.search(word, line, re.IGNORECASE) for line in lines[0] ^ lines[1]
    )


def written(state):
    """The text of a state that is one, of a file or of rules; else None."""
    if hasattr(state, "rules"):
        return state.rules or ""
    return state.text() if hasattr(state, "text") else None


def concerns(subject, change):
    """Is this a change of something that belongs to the subject?"""
    kind, id = change.resource
    return bool(kind in CONCERNS and CONCERNS[kind](subject, id, change))


CONCERNS = {
    "file": lambda subject, id, change: subject.holds(id),
    "move": lambda subject, id, change: any(map(subject.holds, id.split(" -> ", 1))),
    "nft_table": lambda subject, id, change: subject.has_unit("nftables"),
    "iptables_chain": lambda subject, id, change: subject.has_unit("iptables"),
    "service": lambda subject, id, change: subject.has_unit(id),
    "service_restart": lambda subject, id, change: subject.has_unit(id),
    "service_reload": lambda subject, id, change: subject.has_unit(id),
    "command": lambda subject, id, change: subject.is_named(change.after.argv),
    "package": lambda subject, id, change: (
        bool(change.risk) and subject.has_package(packages(change))
    ),
}


def packages(change):
    """The names of what comes, goes or changes."""
    return {package[0] for package in set(change.before.packages) ^ set(change.after.packages)}
