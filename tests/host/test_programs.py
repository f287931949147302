"""How programs are run: what goes in and comes out, and when they are given up."""

import os
import time

import pytest

from hardener.host.door import programs
from hardener.host.door.programs import run

MUCH = 3 * programs.OUTPUT_LIMIT


@pytest.fixture(params=["told of its end", "looks for its end"], autouse=True)
def way(request, monkeypatch):
    """Both ways to see that a program has ended: old Pythons and kernels know no pidfd_open(2)."""
    if request.param == "looks for its end":
        monkeypatch.delattr(os, "pidfd_open", raising=False)


def sh(script, **more):
    return run(["sh", "-c", script], **more)


def test_what_it_says_and_how_it_ends():
    assert sh("echo out; echo err >&2; exit 3") == (3, "out\n", "err\n")
    assert sh("kill -9 $$").code == -9
    code, out, err = run(["/nowhere"])
    assert (code, out) == (127, "")
    assert err.startswith("/nowhere: No such file")


def test_more_than_a_pipe_holds_both_ways_at_once():
    data = b"x" * (programs.OUTPUT_LIMIT // 2)
    assert run(["cat"], stdin=data).out.encode() == data
    assert sh("tee /dev/stderr", stdin=data).err.encode() == data


def test_the_last_of_what_it_says_is_kept():
    assert sh("head -c %d /dev/zero; echo end" % MUCH, limit=6).out == "\0\0end\n"
    assert len(sh("head -c %d /dev/zero >&2" % MUCH).err) == programs.OUTPUT_LIMIT


def test_what_it_does_not_read_breaks_nothing():
    assert sh("exec <&-; echo fine", stdin=bytes(MUCH)) == (0, "fine\n", "")


def test_where_it_runs_and_as_what():
    session, mask, folder = sh("ps -o sid= -p $$ | grep -qw $$ && echo own; umask; pwd").out.split()
    assert (session, mask, folder) == ("own", "0022", "/")
    assert sh("pwd", cwd="/usr").out == "/usr\n"
    assert run(["true"], cwd="/nowhere").code == 127


def test_a_daemon_that_keeps_the_pipes_is_not_waited_for():
    started = time.monotonic()
    assert sh("sleep 20 & echo up").out == "up\n"
    assert time.monotonic() - started < 10


def test_one_that_says_no_more_is_waited_for():
    assert sh("exec >&- 2>&-; sleep 0.2; exit 4").code == 4


def test_it_is_stopped_with_all_its_children():
    code, out, err = sh("sleep 60 & echo $!; wait", timeout=0.3)
    assert (code, err) == (124, "\nstopped after 0.3 seconds")
    assert not os.path.exists("/proc/%s/cwd" % out.strip())


def test_one_that_does_nothing_is_stopped_and_one_that_works_is_not():
    assert sh("sleep 60", idle=1).err == "\nit did nothing for 1 seconds"
    assert sh("for i in 1 2 3 4; do sleep 0.5; done", idle=1.5).code == 0
