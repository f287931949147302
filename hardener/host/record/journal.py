"""The record of one run: one JSON line an event, chained by hash, on disk before what it announces.

A torn last line is what a crash leaves and is dropped; anything else that does
not chain was tampered with, or the disk is damaged: then nobody goes by it as a
whole, nothing is written to it, and `survey` tells what can be read still.
"""

import hashlib
import json
import os
import posixpath

from hardener.host.errors import JournalError

START = "0" * 64
NUMBER, TEXT, STATE = (int,), (str,), (dict, list, str, int, float, bool, type(None))
FIELDS = {  # of each record, what others rely on
    "begin": {"play": NUMBER, "name": TEXT},
    "change": {
        "n": NUMBER,
        "step": TEXT,
        "where": TEXT,
        "resource": TEXT,
        "before": (dict,),
        "after": (dict,),
        "prints": (dict,),
        "reverse": TEXT,
        "secret": STATE,
    },
    "done": {"n": NUMBER, "prints": (dict,)},
    "undone": {"n": NUMBER},
    "unmade": {"n": NUMBER},
    "end": {"status": TEXT},
    "removed": {
        "run": TEXT,
        "number": NUMBER,
        "what": TEXT,
        "of": TEXT,
        "playbook": TEXT,
        "status": TEXT,
        "changes": NUMBER,
        "standing": NUMBER,
        "removed": (int, float),
        "why": TEXT,
    },
}


class Journal:
    """Appends to and reads `journal.jsonl` of one run."""

    def __init__(self, system, path):
        self._system = system
        self.path = path
        self._file = None
        self.last = START

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def append(self, **record):
        """Write one record and sync it; when this returns, it survives. After an OSError it is not there."""
        self.append_all([record])

    def append_all(self, records):
        """Write records and sync them at once, after all that is owed a sync by what was done before."""
        self._system.sync_names()
        self._write(records, sync)

    def note(self, **record):
        """Write one record that only has to be there when the next one is: that one syncs both.

        For what a power cut may take back, because without it the same is done as before it.
        """
        self._write([record], lambda file: None)

    def _write(self, records, settle):
        if self._file is None:
            self._open()
        lines, last = chained(records, self.last)
        self._system.announce("journal", self.path)
        size = seek_end(self._file)
        try:
            write(self._file, b"".join(lines))
            settle(self._file)
        except OSError as error:
            error.filename = self.path
            self._take_back(size)
            raise
        self.last = last

    def _take_back(self, size):
        """Cut off what may not be whole on the disk; if not even that can be done, `_open` tries again."""
        try:
            self._file.truncate(size)
        except OSError:
            self.close()

    def _open(self):
        whole, last = 0, b""
        for line in self._lines():
            whole, last = whole + len(line), line
        info = self._system.lstat(self.path)
        if info and info.st_size > whole:
            self._system.truncate(self.path, whole)
        self.last = digest(last) if last else START
        self._file = self._system.append(self.path)

    def close(self):
        if self._file is not None:
            self._file.close()
            self._file = None

    def tip(self):
        """Return the hash of the last whole line, as `last` is for whoever writes."""
        last = b""
        for line in self._lines():
            last = line
        return digest(last) if last else START

    def records(self, but=()):
        """Return all records, oldest first, `but` some kinds; raises JournalError where the chain is broken.

        What changed, and how, takes a hundred times as much memory as how it ended.
        """
        records, damage = self.survey(but)
        if damage:
            raise damage
        return records

    def mentions(self, words):
        """Do these bytes stand in a line of it? Reads no records, and proves nothing."""
        return any(words in line for line in self._lines())

    def survey(self, but=()):
        """Return (the records that are as they were written, the JournalError about the rest or None).

        The hash in a line proves the line before it, so of two that do not fit neither counts,
        but for the last line, which has none behind it.
        """
        found, damage, prev = [], None, START
        for number, line in enumerate(self._lines(), 1):
            try:
                record = check(line)
            except ValueError as error:
                record, wrong = {}, str(error)
            else:
                wrong = "" if record.get("prev") == prev else "does not follow the one before it"
            if wrong:
                damage = damage or self._damage(number, wrong)
                found[-1:] = []
            found.append(None if record.get("is") in but else record)
            prev = digest(line)
        return [record for record in found if record], damage

    def _damage(self, number, why):
        folder = posixpath.dirname(self.path)
        run = posixpath.basename(folder)
        return JournalError(
            "the journal of run %s is damaged, or was tampered with" % run,
            where="%s:%d" % (self.path, number),
            why="line %d %s" % (number, why),
            hint="`harden show %s` lists what can be read still, `harden rollback %s --only KIND:ID` "
            "puts back one of it; when all is seen to, move %s away" % (run, run, folder),
        )

    def _lines(self):
        """Yield the whole lines: not what a crash has torn."""
        if self._system.lstat(self.path) is not None:
            with self._system.open(self.path) as file:
                for line in file:
                    if line.endswith(b"\n"):
                        yield line


def chained(records, last):
    """Return (the lines of these records, the digest of the last one); `last` is that before them."""
    lines = []
    for record in records:
        line = json.dumps(dict(record, prev=last), sort_keys=True).encode("ascii") + b"\n"
        lines.append(line)
        last = digest(line)
    return lines, last


def check(line):
    """Read a record; ValueError says why it is none."""
    try:
        record = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        raise ValueError("can't be read")
    wrong = mistake(record)
    if wrong:
        raise ValueError(wrong)
    return record


def mistake(record):
    if not isinstance(record, dict) or not isinstance(record.get("is"), str):
        return "is no record"
    known = FIELDS.get(record["is"], {})
    lacking = [n for n in known if n not in record or not isinstance(record[n], known[n])]
    return "lacks `%s`" % lacking[0] if lacking else ""


def digest(line):
    return hashlib.sha256(line).hexdigest()


def sync(file):
    os.fsync(file.fileno())


def seek_end(file):
    return file.seek(0, os.SEEK_END)


def write(file, data):
    """Write all of it: a disk that is nearly full takes a part (write(2))."""
    while data:
        data = data[file.write(data) :]
