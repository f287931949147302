"""Put back what a run changed: newest first, effects last, nobody else's edits lost.

Every change is compared with what is there now. As we left it: the state of
before is written. Edited since: our change is taken out of it, or it is a
conflict, which only `force` overrides. Already as before: nothing to do, so a
rollback that was interrupted can be taken up again.
"""

from hardener.host.door import disk
from hardener.host.errors import HIDDEN, Conflict, HostError
from hardener.host.kinds.base import IRREVERSIBLE
from hardener.host.kinds.file import ABSENT, File
from hardener.host.record import codec
from hardener.host.resource import Resource, Want, parse
from hardener.host.undo import refire

NOT_UNDONE = "it failed, so its undo, which `no_log` hides, was not run (`--force` runs it)"
LEFT = ("failed", "conflict", IRREVERSIBLE)


class Rollback:
    """Undoes the changes in `journal`; what it writes goes through `stage` (Apply or Preview)."""

    def __init__(self, stage, blobs, report, force=(), within=False, during=None):
        self.stage = stage
        self.blobs = blobs
        self.report = report
        self.force = force
        self.failed = set()  # numbers of changes that did not end well
        self.torn = set()  # resources that a killed write may have left half way
        self.within = within  # writes into the journal of the very run that it undoes
        self.during = during or (lambda work: work())  # see Reserve.during
        self.left = []  # resources that are not as they were
        self.diff = []
        self.put_back = {}  # resource → the state that it was given, the oldest last
        self.swept = set()  # of these, what an older change may have taken away when it was undone

    def run(self, records, mark):
        """Undo all changes of `records`; `mark(n)` is called when one is done. Returns what is left."""
        self.torn |= torn(records)
        self.failed = {r["n"] for r in records if r["is"] == "failed"}
        changes, done = standing(records)
        changes = [dict(change, secret=self._secret(change)) for change in changes]
        plain, effects = refire.split(changes, self._again)
        for change in reversed(plain):
            self._guarded(change, mark, lambda c=change: self._undo(c, done.get(c["n"])))
        for change, group in effects:
            self._recall(group, done)
            self._guarded(change, marking(group, mark), lambda c=change: self._fire(c))
        self._prove()
        return self.left

    def _secret(self, change):
        return change["secret"] or self.stage.kinds.secrecy.holds(change["resource"])

    def _prove(self):
        """Read everything again: what was put back must still be so when all is done."""
        for resource, state in sorted(self.put_back.items()):
            why = self._otherwise(resource, state)
            if why:
                self.left.append((str(resource), "diverged", why))
                self.report(
                    {
                        "event": "undone",
                        "stage": self.stage.name,
                        "resource": str(resource),
                        "title": "",
                        "status": "diverged",
                        "why": why,
                        "diff": [],
                    }
                )

    def _otherwise(self, resource, state):
        """Say why the resource no longer has the state that it was given; "" if it has."""
        try:
            kind = self.stage.kinds.of(resource)
            now = kind.part(self.stage.view.read(resource), state)
        except HostError as error:
            return words(error)
        except OSError as error:
            return words(disk.said(self.stage.kinds.system, error))
        gone = resource in self.swept and not kind.exists(now)
        return "" if now == state or gone else "it was put back, but is otherwise again"

    def _guarded(self, change, mark, undo):
        try:
            status, why = self.during(undo)
            self._mark(change, status, mark)
        except Conflict as conflict:
            status, why = "conflict", conflict.where + " " + conflict.what
        except HostError as error:
            status, why = "failed", words(error)
        except OSError as error:
            status, why = "failed", words(disk.said(self.stage.kinds.system, error))
        except Exception as error:  # noqa: BLE001 - whatever breaks on one resource, the rest is put back
            status, why = "failed", "%s: %s" % (type(error).__name__, error)
        if change["secret"]:
            why = HIDDEN if status == "failed" else why
            self.diff = ["  ********"] if self.diff else []
        if status in LEFT:
            self.left.append((change["resource"], status, why))
        self.report(
            {
                "event": "undone",
                "stage": self.stage.name,
                "resource": change["resource"],
                "title": change["step"],
                "status": status,
                "why": why,
                "diff": self.diff,
            }
        )

    def _mark(self, change, status, mark):
        if status not in LEFT:
            self.during(lambda: mark(change["n"]))

    def _kind(self, change):
        return self.stage.kinds.of(parse(change["resource"]))

    def _again(self, change, handled):
        """Is it fired again? A command is only where a handler runs it."""
        kind = self._kind(change)
        return kind.effect or (handled and kind.again(self._state(kind, change["after"])))

    def _undo(self, change, done):
        self.diff = []
        resource, kind = parse(change["resource"]), self._kind(change)
        before, after = self._state(kind, change["before"]), self._state(kind, change["after"])
        if self.stage.name == "apply" and (done is None or str(resource) in self.torn):
            kind.tidy(resource.id)
        first = kind.part(self.stage.view.read(resource), after)
        known = done is not None or first == after
        why = self._contain(change, done, kind, known) if kind.container else ""
        self.stage.view.recall(resource, after)
        now = kind.part(self.stage.view.read(resource), after)
        if change["reverse"] == IRREVERSIBLE and now != before:
            return IRREVERSIBLE, "the playbook said that this can't be undone"
        doubt = kind.doubt(resource.id, after) if change["n"] in self.failed else ""
        if doubt and str(resource) not in self.force:
            self._put_prints(change, self._prints(change, done, kind, (resource.id, before, after)))
            return IRREVERSIBLE, NOT_UNDONE if change["secret"] else doubt
        target, status = self._target(kind, resource, before, after, now)
        if target is None and kind.lies_in_files and self._underway(change, done):
            target, status = before, "restored"
        if target is None:
            self.diff = kind.diff(resource.id, after, now)
            return "conflict", "it changed since the run, in the same place"
        # Judged before our own program writes those files again, which is nobody else's edit.
        retold = set(kind.retold(resource.id, before, after, now))
        prints = (
            []
            if kind.container
            else self._prints(change, done, kind, (resource.id, before, after), retold)
        )
        if kind.lies_in_files:
            self._put_prints(change, prints)
        self._settle(change, Want(resource, target), kind, now)
        self._note(kind, resource, target)
        if not kind.lies_in_files:
            self._put_prints(change, prints)
        if kind.container and not change["secret"]:
            self.diff = kind.diff(resource.id, first, target)
        return status, why or kind.remark(resource.id)

    def _note(self, kind, resource, target):
        """Note what was put back, and where this took what was put back before."""
        self.put_back = followed(self.put_back, kind, resource, target)
        self.swept &= set(self.put_back)
        if kind.sweeps:
            self.swept.update(self.put_back)
        self.swept.discard(resource)
        newer = self.put_back.get(resource, target)
        self.put_back[resource] = kind.canonical(resource.id, kind.whole(target, newer))

    def _contain(self, change, done, kind, known):
        """Put back the files that hold the state, where they are as we left them; else say why not.

        With them the state is back too. Without, it is put back alone: the bytes differ. Killed
        before it was noted how we left them, it is enough that they hold what we wrote.
        """
        files = self.stage.kinds[kind.container]
        for path in sorted(change["prints"] if known else ()):
            resource = Resource(files.name, path)
            before, now = self._state(files, change["prints"][path]), self.stage.view.read(resource)
            if now != before and done and now != self._state(files, done["prints"][path]):
                return "%s was written since: its bytes differ" % path
            try:
                self._settle(change, Want(resource, before), files, now)
            except HostError as error:
                return "the bytes of %s differ: %s" % (path, error.why or error.what)
        return "" if known else "the run was interrupted"

    def _target(self, kind, resource, before, after, now):
        """Return (state to write or None, word for it)."""
        if now == before:
            return before, "restored"
        if (
            now == after
            or str(resource) in self.force
            or self._halfway(kind, resource, before, after, now)
        ):
            return before, "restored"
        return kind.merge(resource.id, before, after, now), "merged"

    def _halfway(self, kind, resource, before, after, now):
        return str(resource) in self.torn and kind.halfway(before, after, now)

    def _settle(self, change, want, kind, now):
        if not change["secret"]:
            self.diff = kind.diff(want.resource.id, now, want.state) if now != want.state else []
        self._write(change, want)

    def _write(self, change, want, **more):
        call = {"title": change["step"], "no_log": change["secret"], "play": change["play"]}
        self.stage.settle(dict(call, **more), want, undoes=self._undoes(change))

    def _undoes(self, change):
        return change["n"] if self.within else None

    def _underway(self, change, done):
        """Has an earlier rollback put back some of the files, and has nobody else written any?"""
        if not done:
            return False
        trios = [
            (
                self._known(path, change["prints"]),
                self._known(path, done["prints"]),
                self.stage.view.read(File(path)),
            )
            for path in sorted(set(change["prints"]) | set(done["prints"]))
        ]
        return all(now in (before, after) for before, after, now in trios) and any(
            now == before != after for before, after, now in trios
        )

    def _known(self, path, prints):
        return self._state(self.stage.kinds["file"], prints[path]) if path in prints else ABSENT

    def _prints(self, change, done, kind, states, retold=()):
        """Return [(path, state)] for the files that other programs wrote because of the change."""
        paths = set(change["prints"]) | set(done["prints"] if done else kind.footprint(*states))
        return [
            (path, self._print(path, change, done, path in retold, kind.merges))
            for path in sorted(paths)
        ]

    def _put_prints(self, change, targets):
        """Restore those files: parents first, removals last."""
        kept = [pair for pair in targets if pair[1].exists]
        gone = [pair for pair in reversed(targets) if not pair[1].exists]
        for path, target in kept + gone:
            files = self.stage.kinds["file"]
            files.recall(path, target)
            self._settle(change, Want(File(path), target), files, self.stage.view.read(File(path)))

    def _print(self, path, change, done, retold, merges):
        """The state that this file shall have again."""
        kind, now = self.stage.kinds["file"], self.stage.view.read(File(path))
        before = self._known(path, change["prints"])
        after = self._known(path, done["prints"]) if done else now
        if retold or now in (before, after):
            return before
        target = kind.merge(path, before, after, now) if merges or before == after else None
        if str(File(path)) in self.force or self._halfway(kind, File(path), before, after, now):
            return before
        if target is None:
            self.diff = kind.diff(path, after, now)
            raise Conflict("changed since the run, in the same place", where="file:" + path)
        return target

    def _recall(self, group, done):
        """What a kill, of the run or of an earlier rollback, has broken off may have come through."""
        for change in group:
            resource, kind = parse(change["resource"]), self._kind(change)
            if kind.effect and (change["n"] not in done or str(resource) in self.torn):
                self.stage.view.recall(resource, self._state(kind, change["after"]))

    def _fire(self, change):
        self.diff = []
        resource, kind = parse(change["resource"]), self._kind(change)
        more = {}
        if change.get("calls"):
            more["calls"] = codec.unsealed(change["calls"], self.blobs)
            extra = {"handler": resource.id, "undoes": self._undoes(change), "play": change["play"]}
            refire.run(more["calls"], self.stage, self.report, extra)
        self.diff = kind.diff(resource.id, None, self._state(kind, change["before"]))
        self._write(change, Want(resource, self._state(kind, change["before"])), **more)
        return "fired", ""

    def _state(self, kind, data):
        return codec.decode(kind.State, codec.unsealed(data, self.blobs), self.blobs.fetch)


def marking(group, mark):
    """Return what marks all of these changes, whichever of them is done for the others."""
    return lambda n: [mark(change["n"]) for change in group]


def followed(found, kind, resource, state):
    """Return {resource: anything} with each resource where it is once `resource` has this state."""
    there = {kind.follow(resource.id, state, other): value for other, value in found.items()}
    there.pop(None, None)
    return there


def words(error):
    return " ".join(part for part in (error.where, error.what, error.why) if part)


def torn(records):
    """Return the resources whose writes were begun, as far as one knows, and never done."""
    done = {r["n"] for r in records if r["is"] in ("done", "unmade")}
    return {r["resource"] for r in records if r["is"] == "change" and r["n"] not in done}


def torn_before(store, target):
    """Return what the rollbacks of this run so far, killed or failed, may have left half way."""
    return set().union(*[torn(store.journal(run).survey()[0]) for run in store.of(target)])


def standing(records):
    """Return (changes not undone yet, oldest first; {n: done record})."""
    gone = {r["n"] for r in records if r["is"] in ("undone", "unmade")}
    changes = [
        r for r in records if r["is"] == "change" and r["n"] not in gone and not r.get("undoes")
    ]
    return changes, {r["n"]: r for r in records if r["is"] == "done"}
