"""Go on where it stopped (D23): no state of its own, the second run does what is left, and is quick."""

import os
from pathlib import Path

from fleet.folders import Fleet

STEPS = 100
MOST = 2.0
"""Seconds of processor time, here and on the host's side: twice what is promised."""


def play(before_60: str = "") -> str:
    """Return a play of so many files; something may stand before the sixtieth."""
    steps = [
        f"    - file: {{path: /etc/f{n}, content: '{n} {{{{ word }}}}'}}\n" for n in range(STEPS)
    ]
    steps.insert(60, before_60)
    return f"- hosts: all\n  on_failure: keep\n  vars: {{word: w}}\n  steps:\n{''.join(steps)}"


def test_the_next_run_does_what_is_left_and_the_one_after_nothing(tmp_path: Path) -> None:
    fleet, etc = Fleet(tmp_path, ["a"]), tmp_path / "a/etc"
    fails = "    - command: {argv: [/no/such], irreversible: true}\n"
    assert fleet.apply(play(fails), "one") == {"a": "failed"}
    first = {path.name: path.stat().st_ino for path in etc.glob("f*")}
    assert len(first) == 60
    assert fleet.apply(play(), "two") == {"a": "changed"}
    assert len(list(etc.glob("f*"))) == STEPS
    assert {
        name: (etc / name).stat().st_ino for name in first
    } == first  # a file that is written is a new one
    before = os.times()
    assert fleet.apply(play(), "three") == {"a": "ok"}
    assert sum(os.times()[:4]) - sum(before[:4]) < MOST
