"""The check that runs a command: how it ends, what it prints, how long it may take."""

import time

from checks.asking import ask


def test_well() -> None:
    assert ask("command", cmd="true") is None
    assert ask("command", cmd="exit 3", rc=3) is None
    assert ask("command", cmd="echo one; echo two", contains="two") is None


def test_how_it_ended() -> None:
    assert (
        ask("command", cmd="echo because >&2; exit 3")
        == "`echo because >&2; exit 3` ended with 3, not 0: because"
    )
    assert ask("command", cmd="true", rc=1) == "`true` ended with 0, not 1: exit code 0"
    assert "ended with 127" in str(ask("command", cmd="no-such-program"))
    assert "ended with -9" in str(ask("command", cmd="kill -9 $$"))


def test_what_it_printed() -> None:
    assert ask("command", cmd="echo one", contains="two") == "`echo one` did not print 'two'"
    assert (
        ask("command", cmd="echo two >&2", contains="two") == "`echo two >&2` did not print 'two'"
    )


def test_it_may_not_take_for_ever() -> None:
    began = time.monotonic()
    assert "stopped after 1 seconds" in str(ask("command", cmd="sleep 60 & sleep 60", timeout=1))
    assert time.monotonic() - began < 10
