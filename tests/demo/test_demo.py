"""The demo: run by an ordinary user, whole; and it fails where the proof does."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hardener.cli.demo import harden
from hardener.demo import tree
from hardener.demo.droplet import APP, lay
from hardener.demo.tour import Stopped, Tour
from hardener.resources import data_dir

NOBODY = 65534
CONFIG = f"{APP}/backend/supervisord.conf"
EQUAL = "The hashes before and after are equal: the rollback was whole."


def as_ordinary_user() -> list[str]:
    """Nothing, or how root becomes nobody: one who may read the checkout, wherever it lies."""
    if os.geteuid() != 0:
        return []
    reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *reads]


@pytest.fixture
def home():
    """A home of an ordinary user that holds nothing, with a folder for temporary files."""
    found = Path(tempfile.mkdtemp())
    (found / "tmp").mkdir()
    if os.geteuid() == 0:
        for path in (found, found / "tmp"):
            os.chown(path, NOBODY, NOBODY)
    yield found
    shutil.rmtree(found)


def demo(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home / "tmp")}
    command = [sys.executable, "-B", "-c", "from hardener.cli import main; main()", "demo"]
    return subprocess.run(
        [*as_ordinary_user(), *command, *options],
        check=False,
        capture_output=True,
        text=True,
        cwd=data_dir("playbooks").parent,
        env=environment,
    )


def test_ordinary_user_sees_it_whole_and_nothing_stays(home):
    ran = demo(home)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    assert ran.stdout.rstrip().endswith(EQUAL)
    assert ran.stdout.count("\n$ ") == 5
    assert [str(path) for path in home.rglob("*")] == [str(home / "tmp")]


def test_droplet_is_kept_where_it_was_asked_for(home):
    ran = demo(home, "--folder", str(home / "here"))
    assert ran.returncode == 0, ran.stderr
    assert "keep the comments" in (home / "here/droplet" / CONFIG).read_text()
    assert f"The droplet stays in {home / 'here/droplet'}" in ran.stdout
    again = demo(home, "--folder", str(home / "here"))
    assert again.returncode == 64
    assert "is not empty" in again.stderr


def tour(root: Path, said: list[str], **more: object) -> Tour:
    return Tour(root, data_dir("playbooks") / "droplet.yml", harden, said.append, **more)


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_fails_where_the_droplet_was_tampered_with(tmp_path):
    said: list[str] = []
    tampering = tour(tmp_path / "droplet", said, meanwhile=lambda root: (root / "new").touch())
    assert not tampering.go()
    assert "+ /new" in said
    assert "DIFFER" in said[-1]


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        (lambda root: (root / CONFIG).write_text("[supervisord]\n"), f"~ /{CONFIG}"),
        (lambda root: (root / "etc/fstab").chmod(0o600), "~ /etc/fstab"),
        (lambda root: (root / "swapfile").touch(), "+ /swapfile"),
        (lambda root: (root / "etc/logrotate.d/apt").unlink(), "- /etc/logrotate.d/apt"),
    ],
    ids=["content", "mode", "left over", "gone"],
)
def test_proof_fails_where_anything_differs(tmp_path, tamper, line):
    lay(tmp_path)
    before, said = tree.listing(tmp_path), list[str]()
    assert tour(tmp_path, said).proof(before, before)
    tamper(tmp_path)
    assert not tour(tmp_path, said).proof(before, before)
    assert line in said


def test_stops_where_a_part_fails(tmp_path):
    said: list[str] = []
    bad = tour(tmp_path / "droplet", said)
    bad.harden = lambda words: 1 if "--yes" in words else harden(words)
    with pytest.raises(Stopped, match="`harden apply` ended with exit code 1"):
        bad.go()


def test_hash_sees_everything_but_hardeners_own_state(tmp_path):
    lay(tmp_path / "droplet")
    before = tree.listing(tmp_path / "droplet")
    state = tmp_path / "droplet/var/lib/hardener/runs"
    state.mkdir(parents=True)
    (state / "x").touch()
    assert tree.listing(tmp_path / "droplet") == before
    link = tmp_path / "droplet/etc/link"
    link.symlink_to("fstab")
    one = tree.seal(tree.listing(tmp_path / "droplet"))
    link.unlink()
    link.symlink_to("passwd")
    assert tree.seal(tree.listing(tmp_path / "droplet")) not in (one, tree.seal(before))
