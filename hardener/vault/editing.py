"""Edit text that must never lie on a disk: in a private folder in memory, shredded afterwards."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from hardener.errors import UsageError
from hardener.vault.envelope import is_vault, parse
from hardener.vault.files import raw, replace
from hardener.vault.keyring import KEYS
from hardener.vault.passwords import Source

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
_PASSES = 3
_CHUNK = 1 << 20


def edit_vault(path: Path) -> str:
    """Edit what a file hides; returns in a word what became of it."""
    if not path.exists():
        raise UsageError(f"there is no {path}", hint="`harden vault create` makes it")
    before = raw(path)
    if not is_vault(before):
        raise UsageError(f"{path} is not encrypted", hint="`harden vault encrypt` makes it so")
    where = f"{path}:1:1"
    text, source = KEYS.opened(before, where)
    after = edit(text, path.name)
    if after == text:
        return "not changed"
    sealed = KEYS.seal(after, source, parse(before).label)
    if raw(path) != before:
        mine = path.with_name(path.name + ".edited")
        replace({mine: sealed})
        raise UsageError(f"somebody else wrote {path} meanwhile", hint=f"your edit is in {mine}")
    replace({path: sealed})
    return "encrypted"


def create_vault(path: Path, source: Source) -> str:
    """Edit a new file, and write it encrypted; returns in a word what became of it."""
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already", hint="`harden vault edit` edits it")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}", why="its folder is not there")
    sealed = KEYS.seal(edit(b"", path.name), source)
    if os.path.lexists(path):
        raise UsageError(f"somebody else wrote {path} meanwhile; nothing was written")
    replace({path: sealed})
    return "encrypted"


def edit(text: bytes, name: str) -> bytes:
    """Return what the editor ($VISUAL, $EDITOR, else vi) leaves; UsageError where it fails."""
    with private_folder() as folder:
        file = folder / name
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(text)
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            done = subprocess.run([*shlex.split(editor), file], check=False)
        except OSError as error:
            raise UsageError(f"cannot start {editor}", why=error.strerror or "") from error
        if done.returncode:
            raise UsageError(f"{editor} ended with {done.returncode}; nothing was written")
        return file.read_bytes()


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder of mode 0700; all in it, an editor's own copies too, is shredded in the end."""
    where = MEMORY if os.access(MEMORY, os.W_OK) else None
    with _ending(), tempfile.TemporaryDirectory(prefix="harden-vault-", dir=where) as name:
        try:
            yield Path(name)
        finally:
            for path in Path(name).rglob("*"):
                if path.is_file() and not path.is_symlink():
                    shred(path)


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end this in order: what is open is shredded first. Ctrl-C is the editor's."""

    def end(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            raise SystemExit(128 + number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, end) for each in numbers}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def shred(path: Path) -> None:
    """Overwrite a file before its name goes: on a disk that is no journal or flash this is enough."""
    with path.open("r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        for _ in range(_PASSES):
            file.seek(0)
            for at in range(0, size, _CHUNK):
                file.write(os.urandom(min(_CHUNK, size - at)))
            os.fsync(file.fileno())
    path.unlink()
