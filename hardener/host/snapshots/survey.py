"""Which run holds what in the state folder, and which is never removed.

What a run needs is named by its journal; who needs a stored file is a bit mask of runs. So memory
holds an entry a stored file, and one journal at a time.
"""

from hardener.host.door.space import BLOCK
from hardener.host.errors import HostError
from hardener.host.guard.state import UNCONFIRMED
from hardener.host.record import codec
from hardener.host.record.store import FORWARD
from hardener.host.resource import parse
from hardener.host.typed import Any, NamedTuple
from hardener.host.undo import history

STRAY = 1  # the bit of what nobody knows: it is needed as long as it is there
#: What kinds keep for rollbacks beside the blobs: {name in the state folder: kind}.
BESIDE = {"packages": "package", "sqlite.json": "sqlite_indexes"}
NEVER = {
    "unfinished": "it is unfinished",
    UNCONFIRMED: "it waits for its confirmation",
    "failed": "it failed",
    "partly rolled back": "it is not rolled back whole",
    "damaged": "its record is damaged",
}


class Snapshot(NamedTuple):
    """One run; `kept` says why it is never removed, "" where it may be. `own` are the bytes of its folder."""

    run: str
    number: float
    bit: int
    at: Any
    what: str
    of: str
    playbook: str
    code: str
    status: str
    changes: int
    standing: int
    own: int
    kept: str = ""

    @property
    def undoable(self):
        return bool(self.standing) and self.status != "damaged"


class Survey:
    """What lies in the state folder of an engine's host."""

    def __init__(self, engine):
        self.engine = engine
        self.store = engine.store
        self.holders = {}  # name in the state folder → bits of those who need it
        self.sizes = self._stock()
        self.found = []  # oldest first
        for run in self.store.runs():
            self.found.append(self._read(run))
        self.folders = self.store.left_over()
        unread = [self._stray(run) for run in self.store.strays()]
        self.damaged = any(unread) or any(each.status == "damaged" for each in self.found)
        self.found = protected(self.found, "a damaged run may need it" if self.damaged else "")
        self._last = self._by_last()

    def kinds(self):
        """Return the kinds that keep something beside the blobs on this host."""
        names = [name for name in BESIDE if self.store.system.lstat(self.store.path(name))]
        return [self.engine.kinds[BESIDE[name]] for name in sorted(names)]

    def _stock(self):
        sizes = {"blobs/" + name: size for name, size in self.store.sizes("blobs").items()}
        for kind in self.kinds():
            sizes.update(kind.stock())
        return {name: blocks(size) for name, size in sizes.items()}

    def _read(self, run):
        bit = STRAY << (len(self.found) + 1)
        told, records = history.remembered(self.store, run)
        missing = self._hold(records, bit)
        own = sum(map(blocks, self.store.sizes("runs", run).values()))
        about = self.store.glance(self.store.path("runs", run, "run.json"))
        known = {name: told[name] for name in Snapshot._fields if name in told}
        if missing:
            known["status"] = "damaged"
        return Snapshot(
            number=about.get("number", 0), bit=bit, code=about.get("code", ""), own=own, **known
        )

    def _stray(self, run):
        """Note what a folder needs that is no run, and none that was removed; True if it can't be read."""
        records, damage = self.store.journal(run).survey()
        return self._hold(records, STRAY) or damage is not None

    def _hold(self, records, bit):
        """Note what these records need; True if some of it can't be read or is gone."""
        missing = False
        for record in records:
            try:
                needed = list(self._needs(record))
            except (HostError, OSError):
                missing = True
                continue
            for name in needed:
                self.holders[name] = self.holders.get(name, 0) | bit
            # What was left may be named by its digest alone: see Apply.
            missing |= record["is"] == "change" and any(n not in self.sizes for n in needed)
        return missing

    def _needs(self, record):
        for digest in codec.named(record, self.store.blobs):
            yield "blobs/" + digest
        if record["is"] == "change" and parse(record["resource"]).kind in BESIDE.values():
            kind, before, after = history.states(self.engine, record)
            yield from kind.needs(parse(record["resource"]).id, before, after)

    # what goes with some of them

    def unneeded(self, gone):
        """Return the stored files that nobody needs once these runs are gone; none if any may be needed."""
        if self.damaged:
            return []
        mask = sum(each.bit for each in gone)
        return [name for name in self.sizes if not self.holders.get(name, 0) & ~mask]

    def freed(self, gone):
        """Return the bytes that go with these runs."""
        mask = sum(each.bit for each in gone)
        theirs = [n for n, bits in self.holders.items() if bits & mask and not bits & ~mask]
        return sum(self.sizes.get(n, 0) for n in theirs) + sum(each.own for each in gone)

    def held(self):
        """Return {run: (bytes of all that undoing it may need, of these what no other run needs)}."""
        each_of, alone = {}, {}
        for name, holders in self.holders.items():
            size, left = self.sizes.get(name, 0), holders
            while left:
                bit = left & -left
                each_of[bit] = each_of.get(bit, 0) + size
                alone[bit] = alone.get(bit, 0) + (size if bit == holders else 0)
                left -= bit
        return {
            each.run: (each.own + each_of.get(each.bit, 0), each.own + alone.get(each.bit, 0))
            for each in self.found
        }

    def last_of(self, snapshot):
        """Return the bytes that go with this run, if all that are older and may go are gone by then."""
        return 0 if snapshot.kept else snapshot.own + self._last.get(snapshot.bit, 0)

    def _by_last(self):
        """Return {bit of the newest run that needs it: bytes} of what those that stay do not need."""
        kept = STRAY | sum(each.bit for each in self.found if each.kept)
        found = {}
        for name, bits in self.holders.items():
            if not bits & kept:
                bit = 1 << (bits.bit_length() - 1)
                found[bit] = found.get(bit, 0) + self.sizes.get(name, 0)
        return found

    @property
    def left_over(self):
        """Bytes that an earlier removal was killed over, or a run before it began."""
        stored = sum(self.sizes[name] for name in self.unneeded(()))
        folders = [self.store.sizes("runs", run).values() for run in self.folders]
        return stored + sum(blocks(size) for sizes in folders for size in sizes)

    @property
    def total(self):
        return sum(self.sizes.values()) + sum(each.own for each in self.found)


def blocks(size):
    """Bytes that a file takes of a disk."""
    return -(-size // BLOCK) * BLOCK


def protected(found, all_are=""):
    """Return these snapshots, oldest first, each with the reason why it is never removed.

    `all_are` is a reason for those that have none of their own.
    """
    why = {each.run: NEVER.get(each.status, "") for each in found}
    whole = {each.run for each in found if each.status == "rolled back"}
    for each in found:
        if each.what != "apply" and each.status in ("failed", "unfinished"):
            if each.of not in whole:
                why[each.of] = why.get(each.of) or "run %s has not undone it whole" % each.run
            elif each.status == "failed":
                why[each.run] = ""  # what it left was undone since
    newest = found[-1:]
    # Not one that has a reason of its own: it may be gone in a moment, and leave nothing.
    good = [each for each in found if each.what in FORWARD and each.undoable and not why[each.run]]
    undoable = good[-1:]
    for last, word in (
        (undoable, "it is the newest that can be undone"),
        (newest, "it is the newest"),
    ):
        for each in last:
            why[each.run] = why[each.run] or word
    return [each._replace(kept=why[each.run] or all_are) for each in found]
