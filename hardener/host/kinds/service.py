"""A unit of a running systemd: enabled, running and masked in one state (systemctl(1)).

`systemctl` writes links below /etc/systemd/system (of a SysV script below
/etc/rc?.d); those are kept and put back as files too. Whether a stopped unit
had failed, and when a running one was started, is not brought back.
"""

import posixpath
import stat

from hardener.host import access
from hardener.host.door.space import Room
from hardener.host.errors import Refused, StepError
from hardener.host.facts.system import systemd
from hardener.host.kinds.base import Kind, fields, fields_diff
from hardener.host.kinds.file import File
from hardener.host.nearest import nearest
from hardener.host.resource import Resource
from hardener.host.systemd import units
from hardener.host.typed import NamedTuple, Optional

SHOWN = (
    "Id",
    "LoadState",
    "UnitFileState",
    "ActiveState",
    "SubState",
    "FragmentPath",
    "SourcePath",
    "TriggeredBy",
    "Type",
    "Result",
)
WITHOUT_INSTALL = ("static", "indirect", "generated", "transient", "")


class ServiceState(NamedTuple):
    """`enabled` None: the unit has nothing to enable (static), or is not there.

    `running` None, in a want: whether it runs is not spoken of.
    One that is not there equals one that is there and at rest: so a rollback
    that takes the unit's file away after it has stopped it is whole.
    """

    exists: bool = False
    enabled: Optional[bool] = None
    running: Optional[bool] = False
    masked: bool = False

    @property
    def compared(self):
        return (bool(self.enabled), self.running, self.masked)

    def __eq__(self, other):
        return isinstance(other, ServiceState) and self.compared == other.compared

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.compared)


def masked(shown):
    return shown["LoadState"] == "masked" or shown["UnitFileState"].startswith("masked")


def Service(name):  # noqa: N802 - reads as the thing that it names
    """The resource of a unit; `ssh` and `ssh.service` are one."""
    unit = units.full(name)
    return Resource("service", unit[: -len(".service")] if unit.endswith(".service") else unit)


class ServiceKind(Kind):
    name = "service"
    State = ServiceState

    # reading

    def read(self, ids):
        if not systemd(self.system):
            return {id: ServiceState() for id in ids}
        return {id: self._state(shown) for id, shown in self.show(ids).items()}

    def show(self, ids):
        """Ask systemd of all units at once; it answers in the same order, an empty line between."""
        ids = list(ids)
        argv = ["systemctl", "show", "--property=" + ",".join(SHOWN), "--"]
        ran = self.system.run(argv + [units.full(id) for id in ids], changes=False)
        parts = ran.out.strip("\n").split("\n\n")
        if not ran.ok or len(parts) != len(ids):
            raise StepError("systemctl show failed", where="service:" + ids[0], why=ran.why())
        return dict(
            zip(
                ids,
                [dict(line.partition("=")[::2] for line in part.splitlines()) for part in parts],
            )
        )

    def _state(self, shown):
        if shown["LoadState"] == "not-found":
            return ServiceState()
        running = shown["ActiveState"] in ("active", "reloading", "refreshing") or (
            shown["ActiveState"] == "activating" and shown["SubState"] != "auto-restart"
        )
        return ServiceState(True, self.enabled(shown), running, masked(shown))

    def enabled(self, shown):
        """Does it start at boot? None: it has nothing to enable."""
        unit, word = shown["Id"], shown["UnitFileState"]
        if shown["SourcePath"].startswith("/etc/init.d/"):
            return bool(
                self.system.glob(
                    "/etc/rc[2345].d/S[0-9][0-9]" + posixpath.basename(shown["SourcePath"])
                )
            )
        if masked(shown):
            return bool(self._links(unit))
        return None if word in WITHOUT_INSTALL else word in ("enabled", "enabled-runtime", "alias")

    def _links(self, unit):
        """The links that pull the unit in, as they are now."""
        found = [
            self.system.glob("%s/*.%s/%s" % (units.ETC, word, unit))
            for word in ("wants", "requires", "upholds")
        ]
        return [path for paths in found for path in paths]

    def part(self, state, wanted):
        return state._replace(running=None) if wanted.running is None else state

    def whole(self, state, known):
        return state._replace(running=known.running) if state.running is None else state

    def predict(self, overlay, id, before, after):
        overlay.put(self.name, id, self.whole(after, before))

    # before the write

    def check(self, id, before, after, view, opinion=None):
        if not systemd(self.system):
            raise Refused("systemd does not run here")
        wakes = after.enabled or after.running
        if wakes and not before.exists and units.find(view, units.full(id)) is None:
            raise self._missing(id)
        unit = self.show([id])[id]["Id"]
        if unit != units.full(id) and after._replace(running=before.running) != before:
            # Disabling it takes the alias away: nobody could ask for it by this name again.
            raise Refused("%s is but another name of %s" % (id, unit), hint="name that one")
        if after.enabled and after.masked and not (before.enabled and before.masked):
            raise Refused("%s can't be enabled while it is masked" % id)
        if after.masked and not before.masked:
            self._require_place(unit, view)
        runs = self.whole(after, view.read(Service(id))).running
        if after.masked and runs and id.endswith(".timer"):
            # systemd looks for what it triggers by its file, and fails without (seen in 252 and 257).
            raise Refused(
                "%s can't run once it is masked" % id,
                hint="`running: false` goes with `masked: true`",
            )
        if before.running and not after.running:
            self._require_file(id, self.whole(after, before).running)
            self._note_triggers(id, view)

    def _require_file(self, id, runs):
        """What systemd-run has started is gone once it has ended."""
        if not runs and self.show([id])[id]["UnitFileState"] == "transient":
            raise Refused(
                "%s has no file, so that no rollback could start it again" % id,
                hint="a `command` with `systemctl stop %s` ends it, and says so by `irreversible`"
                % units.full(id),
            )

    def _missing(self, id):
        names = [name for folder in units.FOLDERS for name in self.system.listdir(folder)]
        near = nearest(units.full(id), names)
        return Refused(
            "there is no unit %s" % units.full(id),
            hint="did you mean %s?" % near if near else "",
        )

    def _require_place(self, unit, view):
        """Where a mask has to lie must not lie the unit itself: systemctl refuses that."""
        if view.read(File(posixpath.join(units.ETC, unit))).exists:
            raise Refused(
                "%s can't be masked: its own file lies in %s" % (unit, units.ETC),
                hint="`enabled: false` and `running: false` keep it from running",
            )

    def ask(self, id, question, view):
        """Return who uses it, a sentence each (hardener/host/systemd/in_use.py)."""
        from hardener.host.systemd import in_use

        return in_use.users(self.system, units.full(id), view)

    def _note_triggers(self, id, view):
        for unit in self.show([id])[id].get("TriggeredBy", "").split():
            if self.read([unit])[unit].running:
                view.note("%s stays able to start %s: stop it too" % (unit, id))

    def room(self, id, before, after):
        """No more than links."""
        return [Room(posixpath.join(units.ETC, id), None, 0, kept=False)]

    def footprint(self, id, before, after):
        """Links that systemctl makes or removes, and the folders that it makes for them."""
        if not systemd(self.system):
            return ()
        paths = set()
        for unit in self._with_also(self.show([id])[id]["Id"]):
            shown = self.show([unit])[unit]
            made = [link for link, _ in units.links(unit, "", self._text(shown["FragmentPath"]))]
            script = self._script_links(shown["SourcePath"])
            paths.update(made + self._links(unit) + script + [posixpath.join(units.ETC, unit)])
        folders = {posixpath.dirname(path) for path in paths} - {units.ETC}
        return tuple(sorted(paths | {f for f in folders if f.startswith(units.ETC)}))

    def _script_links(self, script):
        """The links of a SysV script: those that are there, and those that update-rc.d(8) would make."""
        if not script.startswith("/etc/init.d/"):
            return []
        name = posixpath.basename(script)
        new = [
            f + "/%s01%s" % (word, name) for f in self.system.glob("/etc/rc?.d") for word in "SK"
        ]
        return new + self.system.glob("/etc/rc?.d/[SK][0-9][0-9]" + name)

    def _with_also(self, unit):
        found = []
        todo = [unit]
        while todo:
            found.append(todo.pop())
            text = self._text(self.show([found[-1]])[found[-1]]["FragmentPath"])
            todo += [name for name in units.also(found[-1], text) if name not in found + todo]
        return found

    def _text(self, path):
        """The unit's file; that of a linked unit lies elsewhere."""
        info = self.system.lstat(path) if path else None
        if info is not None and stat.S_ISLNK(info.st_mode):
            return self._text(posixpath.join(posixpath.dirname(path), self.system.readlink(path)))
        regular = info is not None and stat.S_ISREG(info.st_mode)
        return self.system.read(path).decode("utf-8", "replace") if regular else ""

    # writing

    def write(self, id, before, after):
        unit = self.show([id])[id]["Id"]  # enable refuses an alias
        # What is masked can be stopped, and no more than that.
        if before.masked and after not in (before, before._replace(running=False)):
            self._systemctl("unmask", unit)
            before = before._replace(masked=False)
        if after.enabled is not None and after.enabled != before.enabled:
            self._systemctl("enable" if after.enabled else "disable", unit)
        if after.running != before.running:
            self._systemctl("start" if after.running else "stop", unit)
        if after.masked and not before.masked:
            self._systemctl("mask", unit)

    def _systemctl(self, word, unit):
        ran = self.system.run(["systemctl", "--no-ask-password", word, unit], timeout=300)
        if not ran.ok:
            log = self.system.run(
                ["journalctl", "-q", "-o", "cat", "-n", "5", "-u", unit], changes=False
            )
            raise StepError(
                "systemctl %s %s failed" % (word, unit),
                why=(ran.why() + "\n" + (log.out if log.ok else "")).strip(),
                hint="`journalctl -u %s` on the host tells more" % unit,
            )

    def risk(self, id, before, after):
        return access.by_unit(id)

    def exists(self, state):
        return True

    def diff(self, id, before, after):
        if after.exists and not before.exists:
            # Its file comes with this very run: by then, and so in the preview too, it is at rest.
            before = before._replace(exists=True, enabled=after.enabled and False)
        return fields_diff(words(before), words(after))

    def evidence(self, id, state):
        return fields(words(state)) or ["not there"]


class Words(NamedTuple):
    enabled: str
    running: str
    masked: str


def words(state):
    """The state as people read it; what is not there shows nothing."""
    if not state.exists:
        return Words("", "", "")
    enabled = {True: "yes", False: "no", None: "static"}[state.enabled]
    running = {True: "yes", False: "no", None: ""}[state.running]
    return Words(enabled, running, "yes" if state.masked else "no")


KIND = ServiceKind
