"""What a step sees of the host: as it is, or as it will be.

In a preview the view lies over an Overlay, where earlier changes of the same
play are noted; a step can't tell the difference.
"""

import hashlib
import json
import posixpath
import stat

from hardener.host.door import glob, paths
from hardener.host.errors import Unknown
from hardener.host.kinds.effect import Fired
from hardener.host.kinds.file import ABSENT, File, bare, of_stat
from hardener.host.record import codec
from hardener.host.resource import Resource, Want
from hardener.host.run.names import Names


class View(Names):
    """Reads for steps; give `overlay` for a preview, none for the host as it is."""

    def __init__(self, kinds, facts, overlay=None, token=""):
        self._kinds = kinds
        self.facts = facts
        self.overlay = overlay
        if overlay is not None:
            overlay.folder = self.folder
        self._token = token
        self.attempt = 0  # of a step that is tried again
        self.repeated = set()  # numbers of the steps that were
        self.number = 0  # of the step that looks just now
        self.item = 0  # of its loop
        self.secret = False  # it says no_log
        self.user = None  # (uid, gid, groups) that its commands run as; None: as we are
        self.environment = {}  # what they get beside what they say themselves
        # Resource → state of the host: of a preview as it was, else since the step that looks just now
        # has begun, or has last changed something. None: nothing is kept.
        self._cache = None if overlay is None else {}
        self.look_anew()
        self._first = {}  # resource → its state when this view first saw it
        self._assumed = {}
        self.notes = []
        self.amiss = []  # of an audit: what is not as it should be, and no step mends
        self.shown = None  # of an audit: [(resource, number of its line or 0, lines)]

    def adopt(self, other):
        """Take over what another preview has read and assumed: the host is read once."""
        self._cache, self._first, self._assumed = other._cache, other._first, other._assumed

    @property
    def token(self):
        """Differs in every run and attempt: what a one-time effect wants."""
        return "%s-%d" % (self._token, self.attempt) if self.attempt else self._token

    def begin(self, call):
        """Another call of a step looks from here on."""
        self.notes, self.amiss, self.number, self.item = [], [], call["number"], call["item"]
        self.secret = call.get("no_log", False)
        self._keep(True)

    def steady(self):
        """Each thing is read once from here on: for who looks at one moment, not over a change."""
        self._keep(True)
        return self

    def end(self):
        """The step has come to its end: who asks from here on asks the host."""
        self._keep(False)

    def changed(self):
        """Something was: what the step has read of it may be otherwise."""
        self._keep(self._cache is not None)

    def _keep(self, wanted):
        if self.overlay is None:
            self._cache = {} if wanted else None

    def look_anew(self):
        """What is changed now may be more than the bytes of a file: ways may lead elsewhere."""
        self._passed = {}  # path → state of a folder or link that lay on a way
        self._folders = {}  # path of a folder → where it really lies
        self._ties = {}  # path of a folder → its Ties

    def again(self):
        """The step that looks just now is tried once more."""
        self.attempt += 1
        self.repeated.add(self.number)
        self.look_anew()

    @property
    def live(self):
        """Is this the running host, not an unbooted tree?"""
        return self._kinds.system.live

    def read(self, resource):
        """Return the state of a resource; raises Unknown where only the apply will tell."""
        state = self._kinds.of(resource).seen(resource.id, self)
        if state is None and self.overlay:
            state = self.overlay.find(resource)
        if state is None:
            state = self._real(resource)
        if state == Fired(None):
            return self._assumed.get(resource, state)
        return state

    def keeps(self, resource):
        """Would reading this tell what was read a while ago?"""
        return bool(self._cache) and resource in self._cache

    def read_again(self, resource):
        """Return the state of a resource as it is now, whoever has read it before."""
        self._drop(resource)
        return self.read(resource)

    def _drop(self, resource):
        if self._cache:
            self._cache.pop(resource, None)

    def _real(self, resource):
        origin = self._origin(resource)
        if self._cache is None:
            return self._remember(resource, self._fetch(origin))
        if origin not in self._cache:
            self._cache[origin] = self._fetch(origin)
        return self._remember(resource, self._cache[origin])

    def _origin(self, resource):
        if self.overlay is None or resource.kind != "file":
            return resource
        path = self.overlay.origin(resource.id)
        return path and Resource("file", path)

    def recall(self, resource, state):
        """Have its kind recall of a journal what the host can't tell, as it is read from here on."""
        self._kinds.of(resource).recall(resource.id, state)
        self._drop(resource)

    def _fetch(self, resource):
        if resource is None:
            return ABSENT
        return self._kinds.of(resource).read([resource.id])[resource.id]

    def _remember(self, resource, state):
        self._first.setdefault(resource, state)
        return state

    # files

    def resolve(self, path):
        """Follow links to the path that really holds the file (which may not exist)."""
        return paths.real(File(path).id, self._on_the_way)

    def _on_the_way(self, path):
        """The state of what a way leads along: steps ask for the same few again and again."""
        known = self._passed.get(path)
        if known is None:
            known = self.read(File(path))
            if known.type in ("directory", "link"):
                self._passed[path] = known
        return known

    def folder(self, path):
        """Where a folder really lies, by links that are there or foretold."""
        if path not in self._folders:
            self._folders[path] = path  # a link into itself comes by here again
            try:
                self._folders[path] = self.resolve(path)
            except BaseException:
                del self._folders[path]
                raise
        return self._folders[path]

    def parent(self, path):
        """Return the state of the folder that holds a path."""
        return self._on_the_way(self.folder(posixpath.dirname(path)))

    def parent_ties(self, path):
        """What ties the folder that holds a path on the host as it is: opened.Ties, None where it is new."""
        folder = posixpath.dirname(path)
        if folder not in self._ties:
            self._ties[folder] = self.ties(folder)
        return self._ties[folder]

    def ties(self, path):
        """The same of the path itself; what the play makes before has nothing of the kind."""
        origin = self.overlay.origin(path) if self.overlay else path
        return origin and self._kinds.system.ties(origin)

    def place(self, path):
        """Follow the links on the way to a path, not the path's own: the one name that lasts.

        By it a rollback finds the file even when the link (`current`) leads elsewhere by then.
        """
        path = File(path).id
        parent, name = posixpath.split(path)
        return posixpath.join(self.folder(parent), name)

    def exists(self, path):
        """Is there anything at this path? Reads no content, which may be large."""
        state = self.overlay.find(File(path)) if self.overlay else None
        if state is not None:
            return state.exists
        origin = self.overlay.origin(path) if self.overlay else path
        return origin is not None and self._kinds.system.lstat(origin) is not None

    def size(self, path):
        """Return the bytes of the file at this path, of anything else 0; reads no content."""
        state = self.overlay.find(File(path)) if self.overlay else None
        if state is not None:
            return state.content.size if state.content else 0
        origin = self.overlay.origin(path) if self.overlay else path
        info = self._kinds.system.lstat(origin) if origin else None
        return info.st_size if info and stat.S_ISREG(info.st_mode) else 0

    def listdir(self, path):
        """Return the sorted names in a folder."""
        real = self.overlay.origin(path) if self.overlay else path
        names = self._kinds.system.listdir(real) if real else []
        return sorted(self.overlay.names(path, names)) if self.overlay else names

    def glob(self, pattern):
        """Return the sorted paths that match a shell pattern (glob(7)); links to folders are followed."""
        return glob.find(pattern, lambda f: self.listdir(self.resolve(f)), self.exists)

    def attributes(self, path):
        """Return the FileState of a path without content, target and access list: cheap to read."""
        state = self.overlay.find(File(path)) if self.overlay else None
        if state is not None:
            return bare(state)
        origin = self.overlay.origin(path) if self.overlay else path
        info = self._kinds.system.lstat(origin) if origin else None
        return ABSENT if info is None else of_stat(info)

    def tree(self, folder):
        """Yield (path, FileState as of `attributes`) of a folder and all below it, on its file system."""
        folder = self.resolve(folder)
        foretold = self.overlay.within(folder) if self.overlay else ()
        for path, info in self._kinds.system.tree(folder):
            if path not in foretold:
                yield path, of_stat(info)
        for path in sorted(foretold):
            state = self.attributes(path)
            if state.exists:
                yield path, state

    # what a preview foretells

    def foretells(self, kinds, but=lambda state: False):
        """Has a preview changed a resource of these kinds so far, but to a state of which `but` is true?"""
        return bool(self.overlay) and self.overlay.holds(kinds, but)

    def unless_arriving(self, resource):
        """Raise Unknown where a package of this play may bring what is not there yet."""
        names = self.overlay.arriving if self.overlay else ()
        if names:
            raise Unknown(resource, "it may come with the package %s" % ", ".join(names[:5]))

    # effects and notes

    def effect(self, resource, inputs):
        """Want `resource` (an effect) fired for the present state of `inputs`, unless it was.

        They are resources, or wants: of these counts what they speak of.
        """
        if self.read(resource) == Fired(None):
            self._assumed[resource] = Fired(self._digest(inputs, self._first_state))
        return Want(resource, Fired(self._digest(inputs, self.read)))

    def _input(self, each, read):
        """Return (resource, state) of a resource, or of what a want speaks of."""
        if not isinstance(each, Want):
            return each, read(each)
        kind, state = self._kinds.of(each.resource), read(each.resource)
        return each.resource, kind.part(state, kind.canonical(each.resource.id, each.state))

    def once(self, resource):
        """Want `resource` (an effect) fired in this run, whatever was before."""
        return Want(resource, Fired(self.token))

    def _first_state(self, resource):
        self.read(resource)
        return self._first.get(resource) or self._real(resource)

    def _digest(self, inputs, read):
        states = [self._input(each, read) for each in inputs]
        # What is not there leaves no trace: a later step need not know what an earlier one removed.
        words = {
            "%s %s" % (resource, json.dumps(codec.encode(state), sort_keys=True))
            for resource, state in states
            if getattr(state, "exists", True)
        }
        return hashlib.sha256("\n".join(sorted(words)).encode("utf-8")).hexdigest()[:24]

    def outcome(self, resource):
        """Return what a command said just now, as a dict; raises where it failed; in a preview None."""
        return self._kinds.of(resource).outcome(resource.id)

    def ask(self, resource, question):
        """Ask the kind of a resource what only a program of the host can tell."""
        return self._kinds.of(resource).ask(resource.id, question, self)

    def made_secret(self, name, alphabet, length):
        """Return random text of these characters, for one name the same in preview and apply."""
        return self._kinds.secrecy.make(name, alphabet, length)

    def show(self, found):
        """Tell an audit why all is as it should be: `found()` gives (resource, number of a line, lines).

        The number is 0 for what a program says. It is only asked where somebody wants to know.
        """
        if self.shown is not None:
            self.shown += found()

    def complain(self, text):
        """Tell of what is not as it should be, and is not this step's to mend: in an audit it differs."""
        (self.note if self.shown is None else self.amiss.append)(text)

    def note(self, text):
        """Tell the reader of the preview and of the run something about this step."""
        if text not in self.notes:
            self.notes.append(text)
