"""N files: `write` as durably as a run must, `read` as much of each as a second run must.

files.py FOLDER COUNT write|read

Per file written: a line in a journal, synced; the file beside its place, synced; the rename;
the folder, synced. Per file read: what it is, its bytes, its extended attributes.
"""

# Bare, as it would be written for one host:
# ruff: noqa: ANN001, ANN201, PTH103, PTH120, PTH123, UP031
import hashlib
import json
import os
import stat
import sys


def text(number):
    """Return what file `number` holds; benchmarks/file_steps.py writes the same into its steps."""
    return b"line %d\n" % number


def write(folder, count):
    os.makedirs(folder)
    parent = os.open(folder, os.O_RDONLY)
    with open(os.path.dirname(folder) + "/journal", "ab", 0) as journal:
        for number in range(count):
            record = {"path": "%s/file-%d" % (folder, number), "before": None}
            record["after"] = hashlib.sha256(text(number)).hexdigest()
            journal.write(json.dumps(record).encode() + b"\n")
            os.fsync(journal.fileno())
            put(parent, "file-%d" % number, text(number))


def put(parent, name, data):
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    fd = os.open(name + "~", flags, 0o644, dir_fd=parent)
    os.write(fd, data)
    os.fchmod(fd, 0o644)
    os.fsync(fd)
    os.close(fd)
    os.rename(name + "~", name, src_dir_fd=parent, dst_dir_fd=parent)
    os.fsync(parent)


def read(folder, count):
    for number in range(count):
        fd = os.open("%s/file-%d" % (folder, number), os.O_RDONLY | os.O_NOFOLLOW)
        info = os.fstat(fd)
        assert stat.S_ISREG(info.st_mode) and stat.S_IMODE(info.st_mode) == 0o644
        assert os.read(fd, info.st_size + 1) == text(number)
        assert not os.listxattr(fd)
        os.close(fd)


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[3]](sys.argv[1], int(sys.argv[2]))
