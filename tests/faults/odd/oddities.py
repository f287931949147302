"""Files as they are found on hosts and not in textbooks: how to make each, below `/odd` of a small host."""

import os
from collections.abc import Callable
from pathlib import Path

from faults.disk.disks import run

Make = Callable[[Path], None]


def text(data: bytes) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(data)

    return make


def told(*argv: str) -> Make:
    """A file, and a program that does something to it."""

    def make(path: Path) -> None:
        path.write_bytes(b"one\ntwo\n")
        run(*argv, str(path))

    return make


def attribute(name: str, value: bytes) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(b"one\ntwo\n")
        os.setxattr(path, name, value)

    return make


def mode(bits: int) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(b"one\ntwo\n")
        path.chmod(bits)

    return make


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"start")
        file.seek(2 << 20)
        file.write(b"middle")
        file.truncate(5 << 20)


#: The same things are done to each: see test_kept.
FILES: dict[str, Make] = {
    "CRLF": text(b"one\r\ntwo\r\n"),
    "no final newline": text(b"one\ntwo"),
    "empty": text(b""),
    "binary": text(bytes(range(256)) * 4),
    "no UTF-8": text(b"caf\xe9\n"),
    "a megabyte and a byte": text(b"x" * (1 << 20) + b"\n"),
    "sparse": sparse,
    "an access list": told("setfacl", "-m", "u:1000:rw,g:1000:r"),
    "an access list with a narrow mask": told("setfacl", "-m", "u:1000:rwx,m::r"),
    "an access list that shuts one out": told("setfacl", "-m", "u:1000:-,o::r"),
    "a user's attribute": attribute("user.comment", b"caf\xe9\0\n"),
    "root's attribute": attribute("trusted.mark", b"\0\1"),
    "an empty attribute": attribute("user.empty", b""),
    "capabilities": told("setcap", "cap_net_bind_service=+ep"),
    "a label of SELinux": attribute("security.selinux", b"system_u:object_r:etc_t:s0\0"),
    "a label of Smack": attribute("security.SMACK64", b"_"),
    "set-user-ID": mode(0o4755),
    "set-group-ID without x": mode(0o2644),
    "no rights at all": mode(0),
}

NAMES: dict[str, bytes] = {
    "a newline": b"a\nb",
    "bytes that are no UTF-8": b"caf\xe9 \xff\xfe",
    "blanks and quotes": b" 'a' \"b\" $c ",
    "a backslash": b"a\\040b",
    "a control character": b"a\x1b[31mb\x07",
    "a leading dash": b"-rf",
    "255 bytes": b"n" * 255,
}
