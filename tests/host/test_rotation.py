"""What the step writes, at work: logs that the real logrotate has rotated, in a small tree."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from logrotated import app, host
from sandbox import Sandbox
from tree import listing

__all__ = ["host"]


def rotate(tree: Sandbox, call: dict[str, Any], *options: str) -> None:
    """Apply the step, have logrotate run, and take the step back."""
    before = listing(tree.root, ("var/lib", "var/log", "srv", "said"))
    assert tree.play(call) == "changed", tree.errors()
    logrotate(tree, *options)
    assert tree.rollback() == "rolled back", tree.events
    assert listing(tree.root, ("var/lib", "var/log", "srv", "said")) == before


def logrotate(tree: Sandbox, *options: str) -> None:
    argv = ["chroot", str(tree.root), "/usr/sbin/logrotate", *options, "/etc/logrotate.conf"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def logs(tree: Sandbox, folder: str = "var/log/app") -> set[str]:
    return {path.name for path in (tree.root / folder).iterdir()}


COMPRESSED = {"gzip": ".gz", "xz": ".xz", "zstd": ".zst"}


@pytest.mark.parametrize("program", COMPRESSED)
def test_compressed(host: Any, program: str) -> None:
    tree, ending = host(program), COMPRESSED[program]
    rotate(tree, app(compress=True, compresscmd=program, compressext=ending), "-f")
    assert logs(tree) == {"a.log", f"a.log.1{ending}"}
    packed = (tree.root / f"var/log/app/a.log.1{ending}").read_bytes()
    argv = [program, "-dc"]
    assert subprocess.run(argv, input=packed, capture_output=True, check=True).stdout == b"line\n"


def test_compressed_one_rotation_later(host: Any) -> None:
    tree = host("gzip")
    assert tree.play(app(compress=True, delaycompress=True)) == "changed", tree.errors()
    logrotate(tree, "-f")
    assert logs(tree) == {"a.log", "a.log.1"}
    logrotate(tree, "-f")
    assert logs(tree) == {"a.log", "a.log.1", "a.log.2.gz"}


SCRIPTS = {
    name: f'echo "{name} $1" >> /said'
    for name in ("firstaction", "prerotate", "postrotate", "lastaction", "preremove")
}


@pytest.mark.parametrize("shared", [True, False])
def test_scripts(host: Any, shared: bool) -> None:
    tree = host("sh", **{"/var/log/app/b.log": "line\n", "/var/log/app/a.log.1": "old\n"})
    rotate(tree, app(rotate=1, sharedscripts=shared, **SCRIPTS), "-f")
    said = (tree.root / "said").read_text().splitlines()
    pattern, each = "/var/log/app/*.log ", ["/var/log/app/a.log", "/var/log/app/b.log"]
    names = [pattern] if shared else each
    assert said[0] == f"firstaction {pattern}"
    assert said[-1] == f"lastaction {pattern}"
    for script in ("prerotate", "postrotate"):
        assert [line for line in said if line.startswith(script)] == [
            f"{script} {name}" for name in names
        ]
    assert "preremove /var/log/app/a.log.2" in said


def test_by_date_into_a_folder_that_is_made(host: Any) -> None:
    owned = {"mode": "0750", "owner": "trader", "group": "trader"}
    tree = host()
    call = app(
        dateext=True, dateformat="-%Y", olddir="/srv/old", createolddir=owned, extension=".log"
    )
    rotate(tree, call, "-f")
    assert [name[:2] + name[-4:] for name in logs(tree, "srv/old")] == ["a-.log"]
    info = (tree.root / "srv/old").stat()
    assert (oct(info.st_mode & 0o7777), info.st_uid, info.st_gid) == ("0o750", 1000, 1000)


def test_copied_and_emptied_in_place(host: Any) -> None:
    tree = host()
    log = tree.root / "var/log/app/a.log"
    inode = log.stat().st_ino
    rotate(tree, app(copytruncate=True), "-f")
    assert (log.stat().st_ino, log.read_text()) == (inode, "")
    assert log.with_name("a.log.1").read_text() == "line\n"


def test_made_anew_for_its_user(host: Any) -> None:
    tree = host()
    (tree.root / "var/log/app").chmod(0o777)
    user = {"user": "trader", "group": "trader"}
    (tree.root / "var/log/app/a.log").chmod(0o666)
    owned = {"mode": "0640", "owner": "trader", "group": "trader"}
    rotate(tree, app(su=user, create=owned, start=5, addextension=".old"), "-f")
    info = (tree.root / "var/log/app/a.log").stat()
    assert (oct(info.st_mode & 0o7777), info.st_uid, info.st_size) == ("0o640", 1000, 0)
    assert "a.log.5.old" in logs(tree)


def test_before_its_time_when_it_is_large(host: Any) -> None:
    tree = host(**{"/var/log/app/b.log": "x" * 2000})
    assert tree.play(app(frequency="monthly", maxsize="1k")) == "changed", tree.errors()
    logrotate(tree)
    assert logs(tree) == {"a.log", "b.log", "b.log.1"}


def test_hourly(host: Any) -> None:
    """The state file says that it was two hours ago."""
    cron = {"/etc/cron.daily/logrotate": "#!/bin/sh\n", "/etc/cron.hourly": {"directory": True}}
    tree = host(**cron)
    assert tree.play(app(frequency="hourly")) == "changed", tree.errors()
    state = Path(tree.root, "var/lib/logrotate/status")
    logrotate(tree)
    assert logs(tree) == {"a.log"}
    state.write_text(earlier(state.read_text()))
    logrotate(tree)
    assert logs(tree) == {"a.log", "a.log.1"}


def earlier(text: str) -> str:
    """Set every date of a state file to the last day of 2001."""
    head, *rows = text.splitlines()
    return "\n".join([head, *(row.rpartition(" ")[0] + " 2001-12-31-23:0:0" for row in rows), ""])
