"""Files that somebody named: read, and replaced whole with the mode and owner that they had."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from hardener.errors import UsageError


def raw(path: Path) -> bytes:
    """Read a file that somebody named on the command line."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}", why=error.strerror or str(error)) from None


def replace(contents: Mapping[Path, bytes]) -> None:
    """Write all files or, as far as can be, none: each is staged beside its target, then all are renamed.

    A link stays, what it leads to is replaced. A new file is its owner's alone (0600).
    """
    try:
        with contextlib.ExitStack() as stack:
            staged = [stack.enter_context(_staged(path, data)) for path, data in contents.items()]
            _rename(staged)
    except OSError as error:
        raise UsageError(
            f"cannot write {error.filename or ''}", why=f"{error.strerror}; nothing was changed"
        ) from error


@contextlib.contextmanager
def _staged(path: Path, data: bytes) -> Iterator[tuple[Path, Path]]:
    """Yield (staged, target); what was not renamed is removed in the end."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            _like(target, file.fileno())
            file.flush()
            os.fsync(file.fileno())
        yield staged, target
    finally:
        staged.unlink(missing_ok=True)


def _like(target: Path, handle: int) -> None:
    """Give the new file owner, group and mode of the old one."""
    if not target.exists():
        return
    old, new = target.stat(), os.fstat(handle)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, old.st_mode & 0o7777)


def _rename(staged: list[tuple[Path, Path]]) -> None:
    """Put all in place; if one fails, those before it get back what they were."""
    with contextlib.ExitStack() as stack:
        several = len(staged) > 1
        olds = {
            target: stack.enter_context(_staged(target, target.read_bytes()))[0]
            for _, target in staged
            if several and target.exists()
        }
        done: list[Path] = []
        try:
            for new, target in staged:
                new.rename(target)
                done.append(target)
        except OSError:
            for target in done:
                olds[target].rename(target)
            raise
    for folder in {target.parent for _, target in staged}:
        _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
