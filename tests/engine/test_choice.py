"""A part of a run is undone, or several runs; what something else was made of since is refused whole."""

import json
from pathlib import Path
from typing import Any

import pytest
from played import Played

from hardener.host.errors import HostError, Refused
from hardener.host.undo import history, salvage
from hardener.host.undo.choice import Choice

HEAD = "- name: play\n  hosts: all\n  steps:\n"
TWO = (
    HEAD
    + """\
    - {name: First, file: {path: "{{ here }}/a", content: "one\\n"}, tags: [left, both]}
    - name: Each
      file: {path: "{{ here }}/{{ item }}", content: "two\\n"}
      loop: [b, c]
      tags: [both]
"""
)


@pytest.fixture
def host(tmp_path: Path) -> Played:
    return Played(tmp_path)


def part(host: Played, run: str, *, dry_run: bool = False, **words: tuple[str, ...]) -> str:
    host._runs += 1
    host.events.clear()
    undo, choice = f"run-{host._runs:03}", Choice(**words)
    return str(salvage.rollback(host.engine(), run, undo, choice, dry_run=dry_run))


def there(host: Played) -> str:
    return "".join(name for name in "abc" if (host.here / name).exists())


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ({"steps": ("First",)}, "bc"),
        ({"steps": ("1",)}, "bc"),
        ({"steps": ("Each",)}, "a"),
        ({"steps": ("2",)}, "a"),
        ({"steps": ("Each (b)",)}, "ac"),
        ({"tags": ("left",)}, "bc"),
        ({"tags": ("both",)}, ""),
        ({"steps": ("Each (c)",), "tags": ("left",)}, "b"),
    ],
    ids=str,
)
def test_a_part_is_undone_and_the_rest_later(
    host: Played, words: dict[str, tuple[str, ...]], left: str
) -> None:
    host.do(TWO)
    run = host.run
    assert part(host, run, dry_run=True, **words) == "rolled back"
    assert there(host) == "abc"
    assert part(host, run, **words) == "rolled back"
    assert there(host) == left
    assert part(host, run, **words) == "rolled back"
    assert host.undone() == [], "it was undone already"
    assert host.rollback(run) == "rolled back"
    assert there(host) == ""


def test_a_word_that_names_nothing_is_a_mistake(host: Played) -> None:
    host.do(TWO)
    with pytest.raises(HostError, match="no change of Frist"):
        part(host, host.run, steps=("Frist",), tags=("left",))
    assert there(host) == "abc"


def test_records_of_older_runs_are_gone_by_too(host: Played) -> None:
    """They know neither numbers nor tags, and a rollback of theirs has a list of resources."""
    host.do(TWO)
    journal = Path(host.store.journal(host.run).path)
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    journal.unlink()
    with host.store.journal(host.run) as again:
        for record in records:
            for name in ("number", "tags", "notify", "answers", "risk", "prev"):
                record.pop(name, None)
            again.append(**record)
    assert part(host, host.run, steps=("Each",)) == "rolled back"
    assert there(host) == "a"
    assert Choice.of(["file:/a"]) == Choice(only=("file:/a",))


SAME = (
    HEAD
    + """\
    - {name: Make, line: {path: "{{ here }}/a", line: one, create: true}}
    - {name: Add, line: {path: "{{ here }}/a", line: two}}
    - {name: Apart, file: {path: "{{ here }}/b", content: "x\\n"}}
"""
)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_step_that_a_later_one_builds_on_is_refused(host: Played, dry_run: bool) -> None:
    host.do(SAME)
    run = host.run
    with pytest.raises(Refused) as refused:
        part(host, run, dry_run=dry_run, steps=("Make", "Apart"))
    assert "a later step («Add»)" in refused.value.why
    assert "--step 'Add'" in refused.value.hint
    assert there(host) == "ab", "nothing was put back"
    assert part(host, run, steps=("Make", "Add")) == "rolled back"
    assert there(host) == "b"


def test_what_is_apart_in_the_same_file_is_no_conflict(host: Played) -> None:
    (host.here / "a").write_text("old\n" * 5)
    line = '    - {name: %s, line: {path: "{{ here }}/a", line: %s, insertbefore: BOF}}\n'
    host.do(HEAD + line % ("Top", "top") + line.replace(", insertbefore: BOF", "") % ("End", "end"))
    assert part(host, host.run, steps=("Top",)) == "rolled back"
    assert host.text("a") == "old\n" * 5 + "end\n"


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_run_that_a_later_one_builds_on_is_refused(host: Played, dry_run: bool) -> None:
    host.do(SAME)
    first = host.run
    host.do(HEAD + '    - {name: More, line: {path: "{{ here }}/a", line: three}}\n')
    with pytest.raises(Refused) as refused:
        host.rollback(first, dry_run=dry_run)
    assert f"run {host.run} («More»)" in refused.value.why
    assert f"`harden rollback {host.run} {first}`" in refused.value.hint
    assert there(host) == "ab", "nothing was put back"
    assert host.rollback(host.run) == "rolled back"
    assert host.rollback(first) == "rolled back"
    assert there(host) == ""


def test_a_dry_run_of_two_is_what_then_happens(host: Played) -> None:
    host.do(SAME)
    first = host.run
    host.do(HEAD + '    - {name: More, line: {path: "{{ here }}/a", line: three}}\n')
    second = host.run

    def told(dry_run: bool) -> list[Any]:
        host._runs += 1
        host.events.clear()
        more: dict[str, Any] = {"dry_run": True, "undone": (second,)} if dry_run else {}
        host.engine().rollback(first, f"run-{host._runs:03}", **more)
        return [dict(e, stage="") for e in host.events if e["event"] == "undone"]

    planned = told(dry_run=True)
    assert len(planned) == 3
    host.rollback(second)
    assert told(dry_run=False) == planned


def test_a_rollback_is_undone_and_undone_again(host: Played) -> None:
    host.do(TWO)
    run = host.run
    part(host, run, steps=("Each",))
    undo = f"run-{host._runs:03}"
    host.rollback(undo)
    assert there(host) == "abc"
    history.runs(host.engine(), host.events.append)
    assert [e["what"] for e in host.events if e["event"] == "run"] == ["apply", "rollback", "redo"]
    assert host.rollback(undo) == "rolled back"
    assert host.undone() == [], "a second time there is nothing to do"
    assert host.engine().newest() == f"run-{host._runs - 1:03}", (
        "the redo stands, and is the newest"
    )
    assert host.rollback() == "rolled back"
    assert there(host) == "a"
    assert host.rollback() == "rolled back"
    assert there(host) == ""


HANDLED = """\
- name: play
  hosts: all
  steps:
    - {name: First, file: {path: "{{ here }}/a", content: "one\\n"}, notify: [Tell]}
    - {name: Second, file: {path: "{{ here }}/b", content: "two\\n"}, notify: [Tell]}
    - {name: Third, file: {path: "{{ here }}/c", content: "two\\n"}}
  handlers:
    - {name: Tell, command: {cmd: "echo told >> {{ here }}/log", irreversible: true}}
"""


def test_a_handler_is_told_of_each_part(host: Played) -> None:
    """F29, F30: what one step notified, another has notified too."""
    host.do(HANDLED)
    run, told = host.run, []
    for step in ("Third", "First", "Second"):
        assert part(host, run, steps=(step,)) == "rolled back"
        told.append((host.text("log") or "").count("told"))
    assert told == [1, 2, 3]
    assert host.rollback(run) == "rolled back"
    assert host.undone() == []


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"steps": ("Frist",)}, "did you mean `First`?"),
        ({"tags": ("lef",)}, "did you mean `left`?"),
        ({"only": ("file:/nowhere",)}, "`harden show run-001` lists those that there are"),
    ],
    ids=str,
)
def test_the_nearest_word_is_told(
    host: Played, words: dict[str, tuple[str, ...]], hint: str
) -> None:
    host.do(TWO)
    with pytest.raises(HostError) as told:
        part(host, host.run, **words)
    assert told.value.hint == hint
