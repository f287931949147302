"""The machine's kernel parameters: hosts share them, so a session puts them back at its end.

Network parameters are not among them: each host has its own. The first of several sessions at a
time notes them in a file, the last one restores them; after a crash, the next session does.
"""

import json
from pathlib import Path

FOLDERS = ("kernel", "vm", "fs")
#: Counters and one-shot triggers, not settings.
LEFT_OUT = {"drop_caches", "compact_memory", "ns_last_pid", "random", "pty", "keys", "hostname"}

INSTANCES = 2048


def parameters() -> dict[Path, str]:
    """All that can be written and read back."""
    found = {}
    for folder in FOLDERS:
        for file in Path("/proc/sys", folder).rglob("*"):
            if not LEFT_OUT.isdisjoint(file.parts) or not file.is_file():
                continue
            if file.stat().st_mode & 0o200:
                try:
                    found[file] = file.read_text()
                except (OSError, UnicodeDecodeError):
                    continue
    return found


def restore(before: dict[Path, str]) -> list[Path]:
    """Write back what differs; the parameters that had changed."""
    now = parameters()
    changed = [file for file, value in before.items() if now.get(file, value) != value]
    for file in changed:
        try:
            file.write_text(before[file])
        except OSError:  # some take each value only once
            continue
    return changed


def note(file: Path) -> None:
    """Note all of them, unless a session before this one has."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({str(path): value for path, value in parameters().items()}))


def make_room() -> None:
    """Let many hosts be up: each has some eight instances of inotify, and the machine's root pays for all."""
    file = Path("/proc/sys/fs/inotify/max_user_instances")
    if int(file.read_text()) < INSTANCES:
        file.write_text(str(INSTANCES))


def restore_noted(file: Path) -> list[Path]:
    """Restore what was noted, and forget it."""
    if not file.exists():
        return []
    changed = restore({Path(path): value for path, value in json.loads(file.read_text()).items()})
    file.unlink()
    return changed
