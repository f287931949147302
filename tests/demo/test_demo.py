"""The demo: run by an ordinary user, whole; and it fails where the proof does."""

from pathlib import Path

import pytest

from hardener.cli.demo import harden
from hardener.demo import tree
from hardener.demo.droplet import APP, lay
from hardener.demo.tour import Stopped, Tour
from hardener.resources import data_dir

CONFIG = f"{APP}/backend/supervisord.conf"
EQUAL = "The hashes before and after are equal: the rollback was whole."


def test_ordinary_user_sees_it_whole_and_nothing_stays(ordinary):
    assert ordinary.returncode == 0, ordinary.stdout[-2000:] + ordinary.stderr
    assert ordinary.stdout.rstrip().endswith(EQUAL)
    assert ordinary.stdout.count("\n$ ") == 5
    assert ordinary.left == []


def test_droplet_is_kept_where_it_was_asked_for(home, demo):
    ran = demo("--folder", str(home / "here"))
    assert ran.returncode == 0, ran.stderr
    assert "keep the comments" in (home / "here/droplet" / CONFIG).read_text()
    assert f"The droplet stays in {home / 'here/droplet'}" in ran.stdout
    again = demo("--folder", str(home / "here"))
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
