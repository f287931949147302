"""The check of processes, on processes of our own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest
from checks.asking import ask

from hardener.host.door.processes import Process, parsed


@pytest.fixture
def word() -> Iterator[str]:
    """A word in the command lines of exactly two processes."""
    word = f"hardener-test-{os.getpid()}"
    command = [sys.executable, "-c", "input()", word]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(2)]
    for process in processes:  # between fork and exec it is still a copy of this one
        while word not in Path(f"/proc/{process.pid}/cmdline").read_text():
            time.sleep(0.01)
    yield word
    for process in processes:
        process.communicate()


def test_they_are_counted(word: str) -> None:
    assert ask("process", pattern=f"{word}$", min=2, max=2) is None
    few = ask("process", pattern=f"{word}$", min=3)
    assert few == f"2 processes {word}$ run, at least 3 should"
    many = ask("process", pattern=f"{word}$", max=1)
    assert many == f"2 processes {word}$ run, at most 1 should"


def test_none_may_run(word: str) -> None:
    """`max: 0` says all; `min` need not be repeated."""
    assert ask("process", name="no-such-program", max=0) is None
    assert ask("process", pattern=word, max=0) == f"2 processes {word} run, at most 0 should"


def test_those_of_others_do_not_count(word: str) -> None:
    assert ask("process", pattern=word, min=2, user=str(os.getuid())) is None
    assert ask("process", pattern=word, user="nobody") is not None
    none = ask("process", pattern=word, user="nobody-at-all")
    assert none == "there is no user nobody-at-all on this host"


def test_one_that_left_root_is_its_users() -> None:
    needs.root()
    process = subprocess.Popen(["sleep", "60"], user=65534, group=65534, extra_groups=[])
    try:
        assert ask("process", name="sleep", user="nobody") is None
    finally:
        process.kill()
        process.wait()


def test_by_the_name_of_the_program() -> None:
    name = Path("/proc/self/comm").read_text(encoding="utf-8").strip()
    assert ask("process", name=name) is None
    assert ask("process", name="no-such-program") == (
        "0 processes no-such-program run, at least 1 should"
    )


def test_one_that_has_ended_does_not_run(tmp_path: Path) -> None:
    """A zombie is listed until its parent asks for it."""
    program = tmp_path / "soon-gone"
    program.symlink_to("/bin/true")
    ended = subprocess.Popen([program])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert "(soon-gone) Z" in Path(f"/proc/{ended.pid}/stat").read_text()
    assert ask("process", name="soon-gone", max=0) is None
    ended.wait()


def test_a_name_with_brackets_and_spaces() -> None:
    stat = Path("/proc/self/stat").read_bytes()
    tail = stat[stat.rindex(b")") :]
    found, state = parsed(b"42 ((sd-pam) x" + tail)
    assert (found.pid, found.name, state) == (42, "(sd-pam) x", "R")
    assert found == Process(42, "(sd-pam) x", os.getpgrp(), found.started, os.getppid())
