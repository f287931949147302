"""What a run may have left is remembered before a host begins; hosts that begin together share it."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fleet.folders import Fleet

from hardener.fleet.begun import UNFINISHED, Begun
from hardener.fleet.standing import Standing

HOSTS = 20


def prepared(name: str) -> Any:
    return SimpleNamespace(session=SimpleNamespace(name=name, user=""), message={"number": 1})


def test_hosts_that_begin_together_are_saved_together() -> None:
    saved: list[set[str]] = []

    def remember(begun: Begun) -> None:
        time.sleep(0.05)
        saved.append(set(begun.hosts))

    standing, seen = Standing(lambda event: None, remember), {}

    def begin(name: str) -> None:
        standing.stands(prepared(name), UNFINISHED)
        seen[name] = name in saved[-1]

    threads = [threading.Thread(target=begin, args=[f"web{n}"]) for n in range(HOSTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {f"web{n}": True for n in range(HOSTS)}
    assert len(saved) < HOSTS / 2


def test_nothing_new_is_not_saved_again() -> None:
    saved: list[set[str]] = []
    standing = Standing(lambda event: None, lambda begun: saved.append(set(begun.hosts)))
    with standing.kept():
        standing.stands(prepared("web1"), UNFINISHED)
    assert saved == [{"web1"}]
    with standing.kept():
        standing.stands(prepared("web1"), "changed")
    assert saved == [{"web1"}, {"web1"}]


def test_what_fails_to_be_saved_is_tried_again() -> None:
    tried: list[int] = []

    def remember(begun: Begun) -> None:
        tried.append(1)
        if len(tried) == 1:
            raise OSError("the disk is full")

    standing = Standing(lambda event: None, remember)
    with pytest.raises(OSError, match="full"):
        standing.stands(prepared("web1"), UNFINISHED)
    with standing.kept():
        pass
    assert len(tried) == 2


PLAY = """
- hosts: all
  gather_facts: false
  steps:
    - file: {path: /etc/y, content: "y"}
"""


def test_a_host_is_noted_before_it_changes_anything_and_not_without_a_change(
    tmp_path: Path,
) -> None:
    fleet = Fleet(tmp_path, ["a", "b"])
    fleet.forks = 1
    seen: list[tuple[dict[str, str], list[str]]] = []

    def remember(begun: Begun, left: Sequence[str]) -> None:
        seen.append((begun.hosts, fleet.done()))

    fleet.remember = remember
    assert fleet.apply(PLAY) == {"a": "changed", "b": "changed"}
    assert seen == [
        ({"a": UNFINISHED}, []),
        ({"a": "changed", "b": UNFINISHED}, ["a"]),
        ({"a": "changed", "b": "changed"}, ["a", "b"]),
    ]
    seen.clear()
    assert fleet.apply(PLAY) == {"a": "ok", "b": "ok"}
    assert seen == [({"a": "ok", "b": "ok"}, ["a", "b"])]
