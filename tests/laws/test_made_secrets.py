"""Law 9 for what nobody has told us: secrets that a step makes, or finds in a file."""

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from laws.world import SECRET
from played import Played

from hardener.host.undo import history

BOOK = """
- name: play
  hosts: all
  steps:
    - name: own
      env_file:
        path: "{{ here }}/.env"
        variables: {KEY: {generate: {length: 40, alphabet: hex}, hex: true}, PORT: 80}
"""
OTHER = """
- name: play
  hosts: all
  steps:
    - name: other
      line: {path: "{{ here }}/.env", line: "B=%s"}
"""
BEFORE = f"A={SECRET}\n"


@pytest.fixture
def host(tmp_path: Path) -> Played:
    (tmp_path / ".env").write_text(BEFORE)
    (tmp_path / ".env").chmod(0o600)
    return Played(tmp_path)


def made(host: Played) -> str:
    (found,) = re.findall(r"(?m)^KEY=([0-9a-f]{40})$", host.text(".env") or "")
    return str(found)


def told(host: Played) -> str:
    """All that was said of it, and written down but for what a snapshot keeps."""
    files = [each for each in host.here.glob("state/runs/*/*") if each.is_file()]
    said = "\n".join(json.dumps(event) for event in host.events)
    return said + "".join(each.read_text() for each in files)


def test_a_secret_is_made_once_and_told_to_nobody(host: Played) -> None:
    heard: list[Any] = []
    assert host.do(BOOK, dry_run=True) == "pending"
    assert host.text(".env") == BEFORE
    heard.append(told(host))
    assert host.do(BOOK) == "changed", host.errors()
    first = made(host)
    heard.append(told(host))
    assert host.do(BOOK) == "ok" and made(host) == first
    run = "run-002"
    for look in (history.show, history.since):
        host.events.clear()
        look(host.engine(), run, host.events.append)
        heard.append(told(host))
    host.do(OTHER % "1")
    heard.append(told(host))
    assert "KEY is generated" in heard[0]
    assert not any(word in said for word in (first, SECRET) for said in heard)
    assert host.rollback() == "rolled back" and host.rollback(run) == "rolled back"
    assert host.text(".env") == BEFORE
    assert first not in told(host)
    assert host.do(BOOK) == "changed" and made(host) != first


def test_two_hosts_never_make_the_same(host: Played) -> None:
    make = host.engine().kinds.secrecy.make
    other = partial(host.engine().kinds.secrecy.make, "a", "0123456789abcdef", 32)
    assert make("a", "0123456789abcdef", 32) == make("a", "0123456789abcdef", 32) != other()
    assert set(make("b", "xy", 200)) == {"x", "y"}


def test_snapshots_of_it_are_private(host: Played) -> None:
    host.do(BOOK)
    blobs = [each for each in host.here.rglob("state/blobs/**/*") if each.is_file()]
    assert blobs and all(each.stat().st_mode & 0o077 == 0 for each in blobs)


def test_a_value_that_breaks_its_rule_is_not_told(host: Played) -> None:
    rule = f"{{value: {SECRET}, max_length: 2}}"
    assert host.do(BOOK.replace("PORT: 80", f"PORT: {rule}")) == "refused"
    assert "at most 2" in host.errors() and SECRET not in told(host)
    assert host.text(".env") == BEFORE
