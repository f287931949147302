"""The running host once more, as a play would leave it, seen by nobody but its own programs.

A child in mount and network namespaces of its own (namespaces(7)): what is planned is
mounted over what is there, then everything is read-only. No byte of it reaches a disk, no
packet a wire, and all is gone with its last process, however that ends.
"""

import ctypes
import os
import socket
import threading

from hardener.host.door import programs
from hardener.host.errors import Refused, StepError

NEW_MOUNTS, NEW_NETWORK = 0x00020000, 0x40000000  # unshare(2)
READ_ONLY, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 32, 4096, 16384, 1 << 18  # mount(2)
KEPT = {
    "nosuid": 2,
    "nodev": 4,
    "noexec": 8,
    "noatime": 1024,
    "nodiratime": 2048,
    "relatime": 1 << 21,
}
ROOM = b"mode=0755,size=64m"
SILENT = ("/dev/log", "/usr/sbin/sendmail")  # sudo notes, and mails, whom it refuses
FOLDER = "/dev/shm"  # noqa: S108 - covered by memory of its own, while the rest is laid out
DETACH = 2  # umount(2)
PATIENCE = 10  # seconds


class Rehearsal:
    """A context; `folders` is [(path, {name: entry})] from the top down, see `lay`."""

    def __init__(self, system, folders, network=False):
        self._apart = system.apart(lambda talk, become: _serve(talk, folders, network))

    def __enter__(self):
        self._talk = self._apart.__enter__()
        try:
            self._talk.receive()
        except BaseException:
            self.__exit__(StepError)
            raise
        return self

    def __exit__(self, type=None, *exc):
        self._apart.__exit__(type or StepError, *exc)

    @property
    def process(self):
        return self._talk.pid

    def run(self, argv, stdin=""):
        """Run a program in it and return programs.Ran."""
        return programs.Ran(*self._ask("run", argv, stdin))

    def listen(self, address, port):
        """Answer whoever connects there, from now on."""
        return self._ask("listen", address, port)

    def connect(self, source, address, port, seconds):
        """Connect and be answered; "" or why not."""
        return self._ask("connect", source, address, port, seconds)

    def _ask(self, word, *given):
        self._talk.send([word] + list(given))
        return self._talk.receive()


def _serve(talk, folders, network):
    """The child: make the namespaces, then do as told until the line ends."""
    try:
        _enter(NEW_MOUNTS | (NEW_NETWORK if network else 0))
        lay(folders)
    except OSError as error:
        raise Refused(
            "this host can't be rehearsed", why="%s: %s" % (error.filename, error.strerror)
        )
    talk.send("ready")
    while True:
        try:
            word, *given = talk.receive()
        except StepError:
            return
        talk.send(DO[word](*given))


def _run(argv, stdin):
    return list(programs.run(argv, stdin.encode("utf-8", "surrogateescape"), timeout=PATIENCE))


def _listen(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(5)
    thread = threading.Thread(target=_answer, args=(server,))
    thread.daemon = True
    thread.start()
    return ""


def _answer(server):
    while True:
        with server.accept()[0] as connection:
            connection.settimeout(PATIENCE)
            try:
                connection.sendall(connection.recv(1))
            except OSError:
                pass


def _connect(source, address, port, seconds):
    try:
        with socket.create_connection((address, port), seconds, (source, 0)) as connection:
            connection.sendall(b"?")
            return "" if connection.recv(1) else "it hung up"
    except OSError as error:
        return error.strerror or str(error)


DO = {"run": _run, "listen": _listen, "connect": _connect}


def _enter(flags):
    _call("unshare", flags)
    _mount("none", "/", flags=RECURSIVE | PRIVATE)


def lay(folders):
    """Mount what is planned over what is there.

    An entry is None for what is as it was, or a file's state; what has no entry is gone.
    """
    _mount("tmpfs", FOLDER, b"tmpfs", 0, ROOM)
    for number, (path, entries) in enumerate(folders):
        _replace(path, entries, "%s/%d" % (FOLDER, number))
    for path in filter(os.path.exists, SILENT):
        _mount("/dev/null", path, flags=BIND)
    _call("umount2", os.fsencode(FOLDER), DETACH)
    _freeze()


def _replace(path, entries, copy):
    """Put a folder over another that has the planned files, and of the rest the real ones."""
    info = os.stat(path)
    os.mkdir(copy)
    for name, state in entries.items():
        here, there = path.rstrip("/") + "/" + name, copy + "/" + name
        _same(here, there) if state is None else PUT[state.type](there, state)
    os.chown(copy, info.st_uid, info.st_gid)
    os.chmod(copy, info.st_mode & 0o7777)
    _mount(copy, path, flags=BIND | RECURSIVE)


def _same(here, there):
    if os.path.islink(here):
        os.symlink(os.readlink(here), there)
        return
    if os.path.isdir(here):
        os.mkdir(there)
    else:
        os.close(os.open(there, os.O_WRONLY | os.O_CREAT, 0o600))
    _mount(here, there, flags=BIND | RECURSIVE)


def _put_file(path, state):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        for chunk in state.content.chunks():
            file.write(chunk)
        os.fchown(file.fileno(), state.uid, state.gid)
        os.fchmod(file.fileno(), state.mode)


def _put_directory(path, state):
    os.mkdir(path)
    os.chown(path, state.uid, state.gid)
    os.chmod(path, state.mode)


def _put_link(path, state):
    os.symlink(state.target, path)


PUT = {"file": _put_file, "directory": _put_directory, "link": _put_link}


def _freeze():
    """Make every mount read-only, by its own flags; of one that can't be, only we know."""
    with open("/proc/self/mountinfo", "rb") as file:
        mounts = [line.split()[4:6] for line in file]
    for point, options in mounts:
        flags = sum(KEPT.get(word, 0) for word in options.decode("ascii", "replace").split(","))
        place = point.decode("unicode_escape").encode("latin-1")  # \040 is a space: proc(5)
        try:
            _call("mount", None, place, None, flags | REMOUNT | BIND | READ_ONLY, None)
        except OSError:
            pass


def _mount(source, target, kind=None, flags=0, data=None):
    _call("mount", os.fsencode(source), os.fsencode(target), kind, flags, data)


def _call(name, *given):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*given):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)
