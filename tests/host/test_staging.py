"""The private folders in which candidates are laid out: one each, and none outlives its process."""

import os
import signal
from pathlib import Path

from hardener.host.door import staging
from hardener.host.door.system import System
from hardener.host.record.store import Store


def store(root: Path) -> Store:
    return Store(System(str(root)))


def left(root: Path) -> list[str]:
    return os.listdir(root / "var/lib/hardener/staging")


def test_a_preview_beside_a_run_keeps_its_own(tmp_path: Path) -> None:
    with staging.folder(store(tmp_path)) as one, staging.folder(store(tmp_path)) as other:
        assert one != other
        (tmp_path / one.lstrip("/") / "candidate").write_text("x")
        staging.sweep(store(tmp_path))
        assert (tmp_path / one.lstrip("/") / "candidate").read_text() == "x"
    assert left(tmp_path) == []


def test_what_a_killed_process_leaves_is_swept_with_all_below_it(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        folder = staging.folder(store(tmp_path)).__enter__()
        os.makedirs(tmp_path / folder.lstrip("/") / "deep/er")
        (tmp_path / folder.lstrip("/") / "deep/candidate").symlink_to("/etc/passwd")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(left(tmp_path)) == 1
    staging.sweep(store(tmp_path))
    assert left(tmp_path) == []
    assert Path("/etc/passwd").exists()
