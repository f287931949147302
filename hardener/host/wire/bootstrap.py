"""What runs first on a host, as the text of `python -I -S -c`, before its code is there.

Says what it is on a line of its own, takes the code unless it is kept here under its
hash, keeps it if it can, and calls its entry. Sent with each connection, so it is short;
nothing else may be imported from the package.
"""

import binascii
import gc
import json
import os
import stat
import struct
import sys

LIMIT = 64 << 20
HOUR = 3600
# New objects between two looks for garbage: what is imported stays, and to look through it took a
# twentieth of a run.
GARBAGE = 50000


def main(argument):
    """Run the code that `argument` (JSON in base64) asks for; exit 2 where Python is too old."""
    if sys.hexversion < 0x03060000:
        sys.exit(2)
    os.umask(0o077)
    gc.set_threshold(GARBAGE)
    ask = json.loads(binascii.a2b_base64(argument).decode("utf-8"))
    reader, writer = take_pipes()
    state = state_folder(ask["root"])
    folder = state + "/code/" + ask["code"]
    kept = all(ours(path) for path in (state, state + "/code", folder)) and hold(folder)
    say(writer, ask["mark"], state, kept)
    files = None if kept else receive(reader)
    start = loaded(files, folder)
    kept = kept or (ask["keep"] and keep(start["lay"], files, state, folder) and hold(folder))
    code = start["Code"](folder if kept else None, files)
    start["begin"](code, ask["entry"], reader, writer, root=ask["root"] or "/")


def loaded(files, folder):
    """Return what start.py defines, which imports the rest: from what was sent, else where it is kept."""
    if files is None:
        with open(folder + "/start.py", "rb") as file:
            text = file.read()
    else:
        text = files["hardener/host/wire/start.py"]
    names = {"__name__": "start"}
    exec(compile(text, "<host>/start.py", "exec", dont_inherit=True), names)  # noqa: S102 - our own code
    return names


def take_pipes():
    """Keep stdin and stdout for frames; what children or a stray print say goes to stderr."""
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return reader, writer


def say(writer, mark, state, kept):
    """Tell the controller that this is Python, and which."""
    hello = {
        "python": list(sys.version_info[:3]),
        "euid": os.geteuid(),
        "state": state,
        "kept": kept,
        "bz2": not kept and has_bz2(),
    }
    writer.write(("%s%s\n" % (mark, json.dumps(hello))).encode("ascii"))
    writer.flush()


def has_bz2():
    """Can the code come packed by it, a quarter less? A Python may be built without."""
    try:
        import bz2
    except ImportError:
        return False
    return bool(bz2)


def state_folder(root):
    """Return where runs and code are kept: below `root`, or ours on this system."""
    if root or os.geteuid() == 0:
        return (root or "").rstrip("/") + "/var/lib/hardener"
    import pwd

    try:
        home = pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        home = os.environ.get("HOME", "/")
    return (os.environ.get("XDG_STATE_HOME") or home + "/.local/state") + "/hardener"


def ours(path):
    """Is this a folder, no link, that belongs to us and that nobody else may write?"""
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o022


def hold(folder):
    """Have nobody remove the code as long as we run (flock(2)); False where it is gone."""
    import fcntl

    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(fd, fcntl.LOCK_SH)
        return os.path.samestat(os.fstat(fd), os.lstat(folder))
    except OSError:
        return False


def receive(reader):
    """Return the files that are sent: 4 bytes length, 32 of SHA-256, then JSON with that hash, packed."""
    import hashlib

    (length,) = struct.unpack(">I", exactly(reader, 4))
    if length > LIMIT:
        sys.exit("hardener: the code has %d bytes, over the limit of %d" % (length, LIMIT))
    sent = exactly(reader, length)
    blob = unpacked(sent[32:])
    if hashlib.sha256(blob).digest() != sent[:32]:
        sys.exit("hardener: the code does not have the hash that was sent with it")
    return json.loads(blob.decode("utf-8"))


def unpacked(data):
    """Undo bzip2, which `say` has said that we can, or zlib."""
    if data.startswith(b"BZh"):
        import bz2

        return bz2.decompress(data)
    import zlib

    return zlib.decompress(data)


def exactly(reader, count):
    """Read `count` bytes; a link that breaks in the middle is no error of ours."""
    data = reader.read(count)
    if len(data) < count:
        sys.exit("hardener: the link broke while the code was sent")
    return data


def keep(lay, files, state, folder):
    """Write beside, sync and rename, so that `folder` is always whole; False if we can't."""
    parent = os.path.dirname(folder)
    try:
        make(state, parent)
        if not (ours(state) and ours(parent)):
            return False
        sweep(parent)
        fresh = "%s/new-%d-%s" % (parent, os.getpid(), binascii.hexlify(os.urandom(8)).decode())
        os.mkdir(fresh, 0o700)
        lay(files, fresh)
        sync(fresh)
        return settle(fresh, folder)
    except OSError:
        return False


def make(state, parent):
    """Make the state folder, private, in parents that are as usual."""
    umask = os.umask(0o022)
    try:
        os.makedirs(os.path.dirname(state), exist_ok=True)
    finally:
        os.umask(umask)
    os.makedirs(parent, 0o700, exist_ok=True)


def sweep(parent):
    """Remove what was being kept an hour ago or more, and never was: its maker was killed."""
    import shutil
    import time

    for name in os.listdir(parent):
        path = parent + "/" + name
        info = os.lstat(path)
        if name.startswith("new-") and info.st_mtime < time.time() - HOUR:
            if stat.S_ISDIR(info.st_mode):
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)


def settle(fresh, folder):
    """Rename into place; where another run was faster, or a folder we mistrust stands, clean up."""
    import shutil

    try:
        os.rename(fresh, folder)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        return ours(folder)
    sync(os.path.dirname(folder))
    return True


def sync(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
