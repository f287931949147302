"""The lines of known_hosts files: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from hardener.dataclass import dataclass

MARKERS = ("@cert-authority", "@revoked")


@dataclass(frozen=True)
class Line:
    """One key; `names` is a pattern list or one hashed name."""

    file: Path
    number: int
    marker: str
    names: str
    kind: str
    key: bytes

    @property
    def place(self) -> str:
        return f"{self.file}:{self.number}"


def read(files: Iterable[Path]) -> list[Line]:
    """Return the well-formed lines of those files that exist."""
    lines = []
    for file in files:
        try:
            text = file.read_text("utf-8", "replace")
        except OSError:
            continue
        for number, source in enumerate(text.splitlines(), 1):
            if line := _line(file, number, source.split()):
                lines.append(line)
    return lines


def names_of(host: str, port: int, alias: str | None) -> tuple[str, ...]:
    """Return the names a host may be listed under, the one to add it by first."""
    if alias:
        return (alias.lower(),)
    return (host.lower(),) if port == 22 else (f"[{host.lower()}]:{port}", host.lower())


def matches(names: str, name: str) -> bool:
    """Is this name among the patterns, or does it have this hash?"""
    if names.startswith("|1|"):
        return _hash_matches(names, name)
    wanted = False
    for pattern in names.lower().split(","):
        if fits(pattern.lstrip("!"), name):
            if pattern.startswith("!"):
                return False
            wanted = True
    return wanted


def fingerprint(key: bytes) -> str:
    """Return what `ssh-keygen -l` prints of a key."""
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return "SHA256:" + digest.rstrip("=")


def add(file: Path, name: str, kind: str, key: bytes, hashed: bool) -> None:
    """Append a key as ssh does; /dev/null and its like stay what they are."""
    if file.exists() and not file.is_file():
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = f"{_hash(name) if hashed else name} {kind} {base64.b64encode(key).decode()}\n"
    fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "a+b") as out:
        if out.seek(0, os.SEEK_END) and os.pread(fd, 1, out.tell() - 1) != b"\n":
            text = "\n" + text
        out.write(text.encode())


def _line(file: Path, number: int, words: Sequence[str]) -> Line | None:
    marker = words[0] if words and words[0].startswith("@") else ""
    words = words[1:] if marker else words
    if len(words) < 3 or words[0].startswith("#") or (marker and marker not in MARKERS):
        return None
    try:
        key = base64.b64decode(words[2], validate=True)
    except ValueError:
        return None
    return Line(file, number, marker, words[0], words[1], key)


def fits(pattern: str, name: str) -> bool:
    """Does a pattern of ssh_config(5), without its `!`, fit a whole name?"""
    # Most are plain names, and a fleet has a line or more for each host, read for each host.
    if "*" in pattern or "?" in pattern:
        return re.fullmatch(_regex(pattern), name) is not None
    return pattern == name


def _regex(pattern: str) -> str:
    """Translate * and ?; brackets are of the name, not of a glob."""
    return "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)


def _hash(name: str, salt: bytes | None = None) -> str:
    salt = salt or os.urandom(20)
    digest = hmac.digest(salt, name.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def _hash_matches(names: str, name: str) -> bool:
    try:
        salt = base64.b64decode(names.split("|")[2], validate=True)
    except (IndexError, ValueError):
        return False
    return hmac.compare_digest(_hash(name, salt), names)
