"""The logrotate step with the real logrotate, in a small tree that holds nothing else."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay, listing

BAD = ("failed", "refused")
CONF = "weekly\nrotate 4\ncreate\ninclude /etc/logrotate.d\n"
BASE = {
    "/etc/logrotate.conf": CONF,
    "/etc/logrotate.d": {"directory": True},
    "/var/log/app/a.log": "line\n",
}


def put_program(root: Path, name: str) -> None:
    """Copy a program of this machine and the libraries that it loads."""
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert path
    told = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    for each in [path, *re.findall(r"(/\S+) \(0x", told)]:
        target = root / each.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(each, target)


@pytest.fixture
def host(tmp_path: Path) -> Callable[..., Sandbox]:
    needs.root()
    needs.program("logrotate", "ldd")

    def make(**files: Any) -> Sandbox:
        tmp_path.chmod(0o755)
        put_program(tmp_path, "logrotate")
        (tmp_path / "dev").mkdir()
        (tmp_path / "dev/null").touch()
        (tmp_path / "var/lib/logrotate").mkdir(parents=True)
        lay(tmp_path, {**BASE, **{path: files[path] for path in files}})
        return Sandbox(tmp_path)

    return make


def app(**params: Any) -> dict[str, Any]:
    return step(
        "logrotate", **{"name": "app", "paths": ["/var/log/app/*.log"], "missingok": True, **params}
    )


def test_logrotate_reads_what_the_step_wrote(host: Any) -> None:
    tree = host(**{'/var/log/my app/it\'s "x".log': "line\n"})
    call = app(
        paths=["/var/log/app/*.log", '/var/log/my app/it\'s "x".log'],
        frequency="weekly",
        weekday=1,
        rotate=7,
        maxsize="10M",
        compress=True,
        compressoptions="-9 --rsyncable",
        create={"mode": "0640", "owner": "trader", "group": "trader"},
        su={"user": "trader", "group": "trader"},
        dateext=True,
        dateformat="-%Y%m%d",
        notifempty=True,
        sharedscripts=True,
        preremove="cat <<END\n  }\nEND\n",
        postrotate="true # it's\nfalse",
    )
    assert tree.play(call) == "changed", tree.errors()
    assert not any("not tried" in note for note in tree.notes())
    told = debug(tree.root)
    assert "error" not in told.replace("log_errors", "")
    assert 'considering log /var/log/my app/it\'s "x".log' in told
    assert "(7 rotations)" in told
    assert "log files >= 10485760 are rotated earlier" in told
    assert tree.play(call) == "ok"
    assert tree.rollback() == "rolled back"


def debug(root: Path) -> str:
    argv = ["chroot", str(root), "/usr/sbin/logrotate", "-d", "/etc/logrotate.conf"]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("other", ["aaa", "zzz"])
def test_two_files_that_claim_a_log_are_both_named(host: Any, other: str) -> None:
    tree = host(
        **{
            f"/etc/logrotate.d/{other}": "/var/log/app/a.log {\n}\n",
            "/etc/logrotate.d/fine": "/x {\nmissingok\n}\n",
        }
    )
    before = listing(tree.root)
    assert tree.play(app(), dry_run=True) in BAD
    assert "/var/log/app/a.log is rotated" in tree.errors()
    assert "/etc/logrotate.d/app" in tree.errors()
    assert f"/etc/logrotate.d/{other}" in tree.errors()
    assert "/etc/logrotate.d/fine" not in tree.errors()
    assert listing(tree.root) == before


@pytest.mark.parametrize("conf", ["%s" + CONF, CONF + "%s"], ids=["before", "after"])
def test_a_log_claimed_by_the_main_file(host: Any, conf: str) -> None:
    tree = host(**{"/etc/logrotate.conf": conf % "/var/log/app/a.log {\n}\n"})
    assert tree.play(app()) in BAD
    assert "by /etc/logrotate.conf and by /etc/logrotate.d/app" in tree.errors()


def test_a_log_named_twice_in_the_step(host: Any) -> None:
    tree = host()
    assert tree.play(app(paths=["/var/log/app/*.log", "/var/log/app/a.log"])) in BAD
    assert "is rotated twice by /etc/logrotate.d/app" in tree.errors()


def test_ignoreduplicates_of_the_first_file_lets_the_second_be(host: Any) -> None:
    tree = host(**{"/etc/logrotate.d/zzz": "/var/log/app/a.log {\n}\n"})
    assert tree.play(app(ignoreduplicates=True)) == "changed", tree.errors()


def test_the_faults_of_other_files_are_told_not_charged(host: Any) -> None:
    tree = host(**{"/etc/logrotate.d/broken": "/var/log/other.log {\n    frobnicate\n}\n"})
    assert tree.play(app()) == "changed", tree.errors()
    assert any(
        "complains of other files" in note and "/etc/logrotate.d/broken" in note
        for note in tree.notes()
    )


def test_a_value_that_logrotate_refuses(host: Any) -> None:
    tree = host()
    before = listing(tree.root)
    assert tree.play(app(olddir="/var/log/not-there")) in BAD
    assert "logrotate refuses the new /etc/logrotate.d/app" in tree.errors()
    assert "/var/log/not-there" in tree.errors()
    assert listing(tree.root) == before


def test_a_dry_run_makes_no_olddir(host: Any) -> None:
    """`logrotate -d` would: it makes folders while it reads its files."""
    tree = host(
        **{
            "/etc/logrotate.d/other": "/var/log/app/b.log {\nmissingok\nolddir /srv/b\ncreateolddir 0755 root root\n}\n"
        }
    )
    before = listing(tree.root)
    owned = {"mode": "0750", "owner": "root", "group": "root"}
    call = app(olddir="/srv/old", createolddir=owned)
    assert tree.play(call, dry_run=True) == "pending", tree.errors()
    assert listing(tree.root) == before
    debug(tree.root)
    assert (tree.root / "srv/b").is_dir()  # so the test above would have seen it


def test_a_missing_log_is_a_note(host: Any) -> None:
    tree = host()
    call = step("logrotate", name="app", paths=["/var/log/none.log"])
    assert tree.play(call) == "changed", tree.errors()
    assert any("/var/log/none.log is not there" in note for note in tree.notes())


def test_a_file_that_is_never_read_is_refused(host: Any) -> None:
    tree = host(**{"/etc/logrotate.conf": "weekly\n"})
    assert tree.play(app()) in BAD
    assert "add `include /etc/logrotate.d` to /etc/logrotate.conf" in tree.errors()


def test_a_name_that_logrotate_passes_over_is_refused(host: Any) -> None:
    tree = host()
    assert tree.play(app(name="app.disabled")) in BAD
    assert "Ignoring app.disabled" in tree.errors()


def test_a_user_made_earlier_in_the_play(host: Any) -> None:
    """The preview knows the new passwd; the real logrotate cannot yet."""
    tree = host()
    passwd = (tree.root / "etc/passwd").read_text() + "new:x:1200:1200::/:/bin/sh\n"
    group = (tree.root / "etc/group").read_text() + "new:x:1200:\n"
    made = [
        step("file", 1, path="/etc/passwd", content=passwd),
        step("file", 2, path="/etc/group", content=group),
    ]
    call = {**app(create={"mode": "0640", "owner": "new", "group": "new"}), "number": 3}
    assert tree.play(*made, call) == "changed", tree.errors()
    assert "create 0640 new new" in (tree.root / "etc/logrotate.d/app").read_text()


def test_nothing_is_left_of_the_copy(host: Any) -> None:
    tree = host()
    assert tree.play(app()) == "changed"
    assert not list((tree.root / "var/lib/hardener/staging").iterdir())
