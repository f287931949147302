"""An audit of this very machine, by its real programs: no system call that writes, and a read-only disk will do."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import needs
import pytest
from tree import lay, listing

HARDEN = str(Path(sys.executable).parent / "harden")
STEPS = """\
- hosts: all
  vars: {here: HERE}
  steps:
    - {name: file, file: {path: "{{ here }}/new/file", content: x, validate: "/bin/false %s"}}
    - {name: line, line: {path: "{{ here }}/motd", line: x}}
    - {name: gone, file: {path: "{{ here }}/motd", state: absent}}
    - {name: move, move: {src: "{{ here }}/folder", dest: "{{ here }}/other"}}
    - {name: git, gitignore: {repo: "{{ here }}/repo", patterns: ["*.log"]}}
    - {name: untrack, gitignore: {repo: "{{ here }}/repo", patterns: ["*.txt"], untrack: true}}
    - {name: sqlite, indexes: {sqlite: "{{ here }}/db", table: t, columns: [a]}}
    - {name: wal, indexes: {sqlite: "{{ here }}/wal", table: t, columns: [a]}}
    - {name: rotate, logrotate: {name: audited, paths: ["{{ here }}/logs/*.log"], frequency: daily}}
    - {name: sysctl, sysctl: {name: audited, values: {vm.swappiness: 61}}}
    - {name: swap, swapfile: {path: "{{ here }}/swap", size: 1M}}
    - {name: there, package: {name: dpkg}}
    - {name: package, package: {name: no-such-package-as-this, update_cache: true}}
    - {name: query, command: {cmd: id -u, query: true}}
    - {name: command, command: {cmd: "touch {{ here }}/touched", irreversible: true}}
"""
STATUSES = {
    "file": "differs", "line": "differs", "gone": "differs", "move": "differs", "git": "differs",
    "untrack": "unseen", "sqlite": "differs", "wal": "differs", "rotate": "differs", "sysctl": "differs",
    "swap": "differs", "there": "ok", "package": "differs", "query": "ok", "command": "unknown",
}  # fmt: skip
WRITING = (
    "open,openat,creat,write,writev,pwrite64,pwritev,pwritev2,mkdir,mkdirat,mknod,mknodat,rmdir,unlink,"
    "unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,chmod,fchmod,fchmodat,chown,"
    "fchown,lchown,fchownat,truncate,ftruncate,fallocate,setxattr,lsetxattr,fsetxattr,removexattr,"
    "lremovexattr,fremovexattr,utimensat,utimes,futimesat,mount,umount2,swapon,swapoff,sendfile,"
    "copy_file_range,splice,sethostname,settimeofday,clock_settime"
)
CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<rest>.*)")
# Into what a call may write: pipes, sockets, event descriptors, and the hole.
NOWHERE = re.compile(r"^\d+<(pipe|socket|anon_inode|UNIX|TCP|/dev/null|unix).*")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    needs.root()
    needs.program("git", "logrotate", "dpkg")
    lay(
        tmp_path,
        {"/motd": "hello\n", "/folder/x": "x\n", "/logs/a.log": "a\n", "/repo/a.txt": "a\n"},
    )
    for words in ("init -q", "add a.txt"):
        subprocess.run(["git", *words.split()], cwd=tmp_path / "repo", check=True)
    for name in ("db", "wal"):
        with closing(sqlite3.connect(tmp_path / name)) as db:
            db.execute(f"PRAGMA journal_mode={'wal' if name == 'wal' else 'delete'}")
            db.execute("CREATE TABLE t (a)")
    (tmp_path / "play.yml").write_text(STEPS.replace("HERE", str(tmp_path)))
    return tmp_path


def audited(here: Path, *before: str) -> dict[str, str]:
    """Audit this machine, by a command that others may go before; return the statuses of the steps."""
    words = [*before, HARDEN, "audit", str(here / "play.yml"), "--format", "json"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env=environment, timeout=120
    )
    assert done.stdout, done.stderr
    (told,) = json.loads(done.stdout)["hosts"]
    assert not told["errors"], told["errors"]
    return {step["title"]: step["status"] for step in told["steps"]}


def test_no_call_writes(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    needs.program("strace")
    log, before = tmp_path_factory.mktemp("strace") / "log", listing(here, leave_out=())
    trace = ("strace", "-f", "-y", "-qq", "-s", "8", "-e", f"trace={WRITING}", "-o", str(log))
    assert audited(here, *trace) == STATUSES
    assert listing(here, leave_out=()) == before
    calls = log.read_text("utf-8", "replace").splitlines()
    assert len(calls) > 1000
    assert [call for call in calls if writes(call)] == []


def writes(call: str) -> bool:
    """Does a line of strace tell of something that was written, or may be?"""
    found = CALL.match(call)
    if not found or re.search(r" = -1 E\w+", call):
        return False
    name, rest = found["name"], found["rest"]
    if name in ("open", "openat"):
        harmless = not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE", rest)
        return not (harmless or re.search(r'"/dev/(null|tty)"', rest))
    if name.startswith(("write", "pwrite")):
        return not NOWHERE.match(rest)
    return True


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ('12 openat(AT_FDCWD</>, "/etc/x", O_RDONLY|O_CLOEXEC) = 3</etc/x>', False),
        ('12 openat(AT_FDCWD</>, "/etc/x", O_WRONLY|O_CREAT, 0666) = 3</etc/x>', True),
        ('12 openat(AT_FDCWD</>, "/etc/x", O_RDWR) = -1 ENOENT (No such file)', False),
        ('12 write(1<pipe:[123]>, "x", 1) = 1', False),
        ('12 write(3</etc/x>, "x", 1) = 1', True),
        ('mkdir("/etc/x", 0777) = 0', True),
    ],
)
def test_what_counts_as_writing(call: str, answer: bool) -> None:
    assert writes(call) is answer


def test_a_read_only_disk_will_do(here: Path) -> None:
    """Whatever is mounted is read-only to the audit, in a mount namespace of its own.

    But for /proc: a host where the kernel's parameters can't be written is a container, which is told so.
    """
    needs.program("unshare")
    remount = (
        "findmnt -rno TARGET | grep -v ^/proc | while read -r each; do "
        'mount -o remount,bind,ro "$each" 2>/dev/null; done'
    )
    proof = f"! touch {here}/proof 2>/dev/null && ! touch /var/proof /tmp/proof 2>/dev/null"
    script = f'{remount}; {proof} || exit 99; exec "$@"'
    assert audited(here, "unshare", "-m", "sh", "-c", script, "sh") == STATUSES
