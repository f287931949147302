"""The record of one run: one JSON line an event, chained by hash, on disk before what it announces.

A torn last line is what a crash leaves and is dropped; anything else that does
not chain was tampered with.
"""

import hashlib
import json
import os

from hardener.host.errors import JournalError

START = "0" * 64


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
        self._write(record, sync)

    def note(self, **record):
        """Write one record that only has to be there when the next one is: that one syncs both.

        For what a power cut may take back, because without it the same is done as before it.
        """
        self._write(record, lambda file: None)

    def _write(self, record, settle):
        if self._file is None:
            self._open()
        line = json.dumps(dict(record, prev=self.last), sort_keys=True).encode("ascii") + b"\n"
        self._system.announce("journal", self.path)
        size = seek_end(self._file)
        try:
            write(self._file, line)
            settle(self._file)
        except OSError as error:
            error.filename = self.path
            self._take_back(size)
            raise
        self.last = digest(line)

    def _take_back(self, size):
        """Cut off what may not be whole on the disk; if not even that can be done, `_open` tries again."""
        try:
            self._file.truncate(size)
        except OSError:
            self.close()

    def _open(self):
        whole, torn = self._read()
        if torn:
            self._system.truncate(self.path, sum(len(line) for line in whole))
        self.last = digest(whole[-1]) if whole else START
        self._file = self._system.append(self.path)

    def close(self):
        if self._file is not None:
            self._file.close()
            self._file = None

    def tip(self):
        """Return the hash of the last whole line, as `last` is for whoever writes."""
        lines = self._read()[0]
        return digest(lines[-1]) if lines else START

    def records(self):
        """Return all records, oldest first; raises JournalError where the chain is broken."""
        prev, records = START, []
        for number, line in enumerate(self._read()[0], 1):
            records.append(check(line, prev, "%s:%d" % (self.path, number)))
            prev = digest(line)
        return records

    def _read(self):
        """Return (whole lines, torn rest)."""
        if self._system.lstat(self.path) is None:
            return [], b""
        lines = self._system.read(self.path).splitlines(True)
        torn = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        return lines, torn


def check(line, prev, where):
    try:
        record = json.loads(line.decode("ascii"))
    except ValueError as error:
        raise JournalError("a journal line can't be read", where=where, why=str(error))
    if not isinstance(record, dict) or record.get("prev") != prev:
        raise JournalError("a journal line does not follow the one before it", where=where)
    return record


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
