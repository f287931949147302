"""Law 9 where a step says no_log: what it asks for, what a program says, what fails, what is put back.

Proves F35 (docs/SAFETY.md).
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from laws.world import SECRET
from played import Played

from hardener.host.undo import history

HEAD = "- name: play\n  hosts: all\n  steps:\n"
STEP = "    - {name: quiet, no_log: true, %s}\n"


@pytest.fixture
def host(tmp_path: Path) -> Played:
    (tmp_path / "a").write_text("old\n")
    return Played(tmp_path)


def said(host: Played, work: Callable[[], Any]) -> str:
    """Do it, and prove that the secret was not told; return all that was."""
    work()
    journals = "".join(path.read_text() for path in host.here.glob("state/runs/*/*"))
    told = "\n".join(json.dumps(event) for event in host.events)
    assert SECRET not in told, told
    assert SECRET not in journals
    return told


CALLS = {
    "content": f'file: {{path: "{{{{ here }}}}/a", content: {SECRET}}}',
    "command": f'command: {{cmd: "echo {SECRET} >> {{{{ here }}}}/a", touches: ["{{{{ here }}}}/a"]}}',
    "output": f'command: {{cmd: "echo {SECRET}", irreversible: true}}, register: x',
    "fails": f'command: {{cmd: "echo {SECRET} >&2; exit 3", irreversible: true}}',
    "fails-quietly": f'command: {{cmd: "echo {SECRET}; false", irreversible: true}}, ignore_errors: true',
    "guard": f'command: {{cmd: "true {SECRET}", unless: "true {SECRET}", irreversible: true}}',
    "mistake": f'line: {{path: "{{{{ here }}}}/none", line: {SECRET}}}',
    "loop": f'command: {{cmd: "echo {SECRET} {{{{ item }}}}", irreversible: true}}, loop: [1, 2]',
}


@pytest.mark.parametrize("step", CALLS.values(), ids=CALLS)
def test_is_never_told(host: Played, step: str) -> None:
    book = HEAD + STEP % step
    assert "quiet" in said(host, lambda: host.do(book, dry_run=True))
    said(host, lambda: host.do(book))
    said(host, lambda: host.do(book))


def test_a_failure_says_that_it_hides_its_words(host: Played) -> None:
    told = said(host, lambda: host.do(HEAD + STEP % CALLS["fails"]))
    assert "no_log" in told


def test_later_steps_do_not_tell_it_either(host: Played) -> None:
    """What a command touches is unknown afterwards, and by which command."""
    later = '    - {name: later, file: {path: "{{ here }}/a", content: x}}\n'
    line = '    - {name: line, line: {path: "{{ here }}/a", line: x}}\n'
    for more in (later, line):
        book = HEAD + STEP % CALLS["command"] + more
        assert "unknown" in said(host, partial(host.do, book, dry_run=True))


def test_no_other_step_shows_the_lines_around_its_own(host: Played) -> None:
    """Neither in this play, before or after, nor in one that knows nothing of the secret."""
    secret = STEP % f'line: {{path: "{{{{ here }}}}/a", line: {SECRET}}}'
    other = '    - {name: other, line: {path: "{{ here }}/a", line: %s}}\n'
    said(host, lambda: host.do(HEAD + other % "one" + secret + other % "two"))
    newer = HEAD + other % "three"
    said(host, lambda: host.do(newer, dry_run=True))
    told = said(host, lambda: host.do(newer))
    assert "********" in told
    for look in (history.show, history.since):
        (host.here / "a").write_text(f"{SECRET}\nmore\n")
        said(host, partial(look, host.engine(), host.run, host.events.append))
    (host.here / "a").write_text(f"more\nold\none\n{SECRET}\ntwo\nthree\n")
    assert "merged" in said(host, host.rollback)
    assert host.text("a") == f"more\nold\none\n{SECRET}\ntwo\n"
    host.rollback()
    said(host, partial(host.do, HEAD + other % "four", dry_run=True))
    assert "********" in json.dumps(host.events)
    (host.here / "b").write_text("old\n")
    host.do(HEAD + other.replace("/a", "/b") % "plain", dry_run=True)
    assert "plain" in json.dumps(host.events)


def test_what_shows_nothing_reads_no_older_journal(host: Played) -> None:
    book = HEAD + STEP % CALLS["content"]
    host.do(book)
    journal = Path(host.store.journal(host.run).path)
    journal.unlink()
    journal.mkdir()  # whoever reads it breaks
    assert host.do(book, dry_run=True) == "ok"


def test_fighting_steps_are_named_without_their_words(host: Played) -> None:
    line = STEP % f'line: {{path: "{{{{ here }}}}/a", line: {SECRET}2}}'
    told = said(host, lambda: host.do(HEAD + STEP % CALLS["content"] + line))
    assert "never come to rest" in told


def test_a_conflict_is_named_and_not_shown(host: Played) -> None:
    host.do(HEAD + STEP % CALLS["content"])
    (host.here / "a").write_text(f"{SECRET} and theirs\n")
    assert "conflict" in said(host, host.rollback)
    said(host, lambda: host.rollback("run-001", force=(f"file:{host.here}/a",)))
    assert host.text("a") == "old\n"


def test_a_rollback_that_fails_hides_its_words(host: Played) -> None:
    step = f'command: {{cmd: "true", undo: "echo {SECRET} >&2; exit 4"}}'
    host.do(HEAD + STEP % step)
    assert "failed" in said(host, host.rollback)
