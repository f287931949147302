"""A virtual environment of Python: that it is there, whose it is, and whether it sees the system's packages.

`python -m venv` makes it, as its owner. Rollback takes away what that wrote; what others have put
there since stays, and is said.
"""

from hardener.host import pip
from hardener.host.door import owner
from hardener.host.door.tree import below
from hardener.host.errors import StepError
from hardener.host.kinds.base import Kind
from hardener.host.kinds.pip import of
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Optional, Tuple

HINT = "a step before this one can bring what it lacks: package: python3-venv"


class VenvState(NamedTuple):
    """`version` of Python, `python` that makes it and `user` (uid, gid, groups) do not count."""

    exists: bool = False
    uid: Optional[int] = None
    system_site_packages: bool = False
    python: str = ""
    user: Optional[Tuple] = None

    def __eq__(self, other):
        return isinstance(other, VenvState) and tuple(self)[:3] == tuple(other)[:3]

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(tuple(self)[:3])


def Venv(top):  # noqa: N802 - reads as the thing that it names
    """The resource of the environment at `top`."""
    return Resource("venv", top)


class VenvKind(Kind):
    name = "venv"
    State = VenvState
    lies_in_files = True
    merges = False
    sweeps = True  # with it goes what is installed in it

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, top):
        info = self.system.lstat(top + "/pyvenv.cfg")
        if info is None:
            return VenvState()
        text = self.system.read(top + "/pyvenv.cfg").decode("utf-8", "replace")
        pairs = dict(
            map(str.strip, each.split("=", 1)) for each in text.splitlines() if "=" in each
        )
        return VenvState(True, info.st_uid, pairs.get("include-system-site-packages") == "true")

    def write(self, id, before, after):
        if before.exists or not after.exists:
            raise StepError("%s is not as it was, although its files are" % id)
        user = owner.identity(self.system, id)
        words = ["--system-site-packages"] if after.system_site_packages else []
        argv = [after.python, "-m", "venv"] + words + [id]
        ran = pip.run(self.system, argv, pip.Options(), user)
        if not ran.ok:
            raise StepError("%s -m venv failed" % after.python, where=id, why=ran.why(), hint=HINT)

    def footprint(self, id, before, after):
        return tuple(path for path in below(self.system, id) if path != id)

    def halfway(self, before, after, now):
        return True  # what is there of it is our own: it began in an empty folder

    def merge(self, id, before, after, now):
        return None

    def predict(self, overlay, id, before, after):
        """It comes with a pip, which is known beforehand."""
        overlay.put(self.name, id, after)
        if not after.exists:
            return
        wheels = pip.bundled(self.system, after.python, after.user)
        overlay.put("pip", id, of({name: pip.wheel_version(path) for name, path in wheels.items()}))

    def exists(self, state):
        return state.exists

    def diff(self, id, before, after):
        old, new = lines(before), lines(after)
        return ["- " + x for x in old if x not in new] + ["+ " + x for x in new if x not in old]


def lines(state):
    if not state.exists:
        return []
    sees = ["it sees the system's packages"] if state.system_site_packages else []
    return ["virtual environment of user %d" % state.uid] + sees


KIND = VenvKind
