"""What is nobody's business: files outside the hostile user's folder, and how they are found changed.

Content, owner, mode and mtime of each are known; so is a word in each, which may appear nowhere
else: not in the user's folder, not in an event, not in a stored snapshot.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

WORD = "canary-6fd1"
FILES = {
    "etc/app.conf": (0, 42, 0o640),
    "etc/other.conf": (0, 0, 0o644),
    "etc/cron.d/job": (0, 0, 0o600),
    "root/secret": (0, 0, 0o600),
    "root/trades.db": (0, 0, 0o644),
    "root/index": (0, 0, 0o644),
    "home/bob/diary": (2000, 2000, 0o600),
    "home/bob/public": (2000, 2000, 0o666),
    "usr/local/bin/suid": (0, 0, 0o4755),
}
FOLDERS = {
    "etc": (0, 0, 0o755),
    "root": (0, 0, 0o700),
    "home/bob": (2000, 2000, 0o755),
    "etc/cron.d": (0, 0, 0o755),
}


def lay(root: Path) -> None:
    """Put the canaries below a root."""
    for number, (path, owned) in enumerate(FILES.items()):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"[program:x]\ncommand={WORD}-{number}\n")
        dress(file, owned)
        os.utime(file, ns=(10**18, 10**18 + number))
    for path, owned in FOLDERS.items():
        dress(root / path, owned)


def dress(path: Path, owned: tuple[int, int, int]) -> None:
    os.chown(path, *owned[:2])
    path.chmod(owned[2])


def state(root: Path) -> dict[str, Any]:
    """What must stay as it is."""
    return {path: look(root / path) for path in [*FILES, *FOLDERS]}


def look(path: Path) -> Any:
    if not os.path.lexists(path):
        return None
    info = os.lstat(path)
    owned = (oct(info.st_mode), info.st_uid, info.st_gid, info.st_mtime_ns)
    if path.is_dir():
        return owned, sorted(os.listdir(path))
    return owned, hashlib.sha256(path.read_bytes()).hexdigest()


def spilled(root: Path, below: str = "") -> list[str]:
    """Files that hold a canary's word and are none: neither a canary itself nor a second name of one."""
    ours = {identity(root / path) for path in FILES}
    return [str(each) for each in files(root / below) if identity(each) not in ours and holds(each)]


def with_set_user_id(root: Path) -> list[str]:
    """Files that run as their owner although none but a canary's second name should."""
    return [str(each) for each in files(root) if each.stat().st_mode & 0o6000 and not holds(each)]


def files(root: Path) -> list[Path]:
    found = [Path(folder) / name for folder, _, names in os.walk(root) for name in names]
    return [each for each in found if not each.is_symlink() and each.is_file()]


def holds(path: Path) -> bool:
    try:
        return WORD.encode() in path.read_bytes()
    except FileNotFoundError:  # a staged file of a run that goes on
        return False


def identity(path: Path) -> tuple[int, int] | None:
    if not os.path.lexists(path):
        return None
    info = os.lstat(path)
    return info.st_dev, info.st_ino
