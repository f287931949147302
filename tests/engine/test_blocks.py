"""Blocks on a host: what runs when something fails, what is kept, what a preview can know (D15)."""

from pathlib import Path

import pytest
from played import Played

HEAD = "- name: play\n  hosts: all\n  steps:\n"
TRY = """
    - name: try
      block:
        - {name: write a, file: {path: "{{ here }}/a", content: "new"}}
        - {name: break, command: {cmd: "echo said; exit 3", touches: ["{{ here }}/t"]}}
        - {name: never, file: {path: "{{ here }}/never", content: "x"}}
"""
RESCUE = """
      rescue:
        - name: note
          file: {path: "{{ here }}/note", content: "{{ ansible_failed_task.name }}: {{ ansible_failed_result.rc }}"}
"""
ALWAYS = """
      always:
        - {name: at last, file: {path: "{{ here }}/last", content: "x"}}
"""
AFTER = """
    - {name: after, file: {path: "{{ here }}/after", content: "x"}}
"""


@pytest.fixture
def host(tmp_path: Path) -> Played:
    (tmp_path / "a").write_text("old")
    return Played(tmp_path)


def there(host: Played) -> set[str]:
    return {path.name for path in host.here.iterdir()} - {"state", "play.yml"}


def test_a_rescue_lets_the_play_go_on(host: Played) -> None:
    assert host.do(HEAD + TRY + RESCUE + ALWAYS + AFTER) == "changed", host.errors()
    assert host.said("apply") == [
        ("write a", "changed"), ("break", "rescued"), ("note", "changed"),
        ("at last", "changed"), ("after", "changed"),
    ]  # fmt: skip
    assert host.text("a") == "new", "as in Ansible, what the block did so far stays"
    assert host.text("note") == "break: 3"
    assert there(host) == {"a", "note", "last", "after"}


def test_a_rescue_is_undone_with_its_block(host: Played) -> None:
    host.do(HEAD + TRY + RESCUE + ALWAYS + AFTER)
    assert host.rollback() == "rolled back"
    assert (host.text("a"), there(host)) == ("old", {"a"})


def test_without_a_rescue_the_play_is_put_back_after_always(host: Played) -> None:
    assert host.do(HEAD + TRY + ALWAYS + AFTER) == "rolled back"
    assert ("at last", "changed") in host.said("apply")
    assert ("after", "changed") not in host.said("apply")
    assert (host.text("a"), there(host)) == ("old", {"a"})


def test_a_rescue_that_fails_fails_the_play(host: Played) -> None:
    rescue = """
      rescue:
        - {name: worse, command: {cmd: "exit 4", touches: ["{{ here }}/t"]}}
"""
    assert host.do(HEAD + TRY + rescue + ALWAYS) == "rolled back"
    assert host.said("apply")[1:] == [
        ("break", "rescued"), ("worse", "failed"), ("at last", "changed"),
    ]  # fmt: skip
    assert (host.text("a"), there(host)) == ("old", {"a"})


def test_a_failure_of_always_is_one(host: Played) -> None:
    always = """
      always:
        - {name: worse, command: {cmd: "exit 4", touches: ["{{ here }}/t"]}}
"""
    assert host.do(HEAD + TRY + RESCUE + always) == "rolled back"
    assert (host.text("a"), there(host)) == ("old", {"a"})


def test_blocks_within_blocks(host: Played) -> None:
    inner = """
    - name: outer
      block:
        - name: inner
          block:
            - {name: break, command: {cmd: "exit 3", touches: ["{{ here }}/t"]}}
          always:
            - {name: inner last, file: {path: "{{ here }}/inner", content: "x"}}
      rescue:
        - {name: outer rescue, file: {path: "{{ here }}/outer", content: "{{ ansible_failed_task.name }}"}}
"""
    assert host.do(HEAD + inner) == "changed", host.errors()
    assert host.said("apply") == [
        ("break", "rescued"), ("inner last", "changed"), ("outer rescue", "changed"),
    ]  # fmt: skip
    assert host.text("outer") == "break"


def test_a_preview_says_what_it_cannot_know(host: Played) -> None:
    assert host.do(HEAD + TRY + RESCUE + ALWAYS, dry_run=True) == "pending"
    assert host.said("preview") == [
        ("write a", "changed"), ("break", "changed"), ("never", "changed"), ("note", "unknown"),
        ("at last", "changed"),
    ]  # fmt: skip


def test_a_preview_knows_of_what_must_fail(host: Played) -> None:
    """A folder stands where a file is to be written: the apply would fail as the preview does."""
    (host.here / "a").unlink()
    (host.here / "a").mkdir()
    (host.here / "a" / "x").write_text("x")
    known = TRY.split("        - {name: break", maxsplit=1)[0]
    note = """
      rescue:
        - {name: note, file: {path: "{{ here }}/note", content: "{{ ansible_failed_task.name }}"}}
"""
    assert host.do(HEAD + known + note, dry_run=True) == "pending", host.errors()
    assert host.said("preview") == [("write a", "rescued"), ("note", "changed")]
    assert host.do(HEAD + known + note) == "changed", host.errors()
    assert host.text("note") == "write a"
    assert host.do(HEAD + known + note) == "ok", "a second run changes nothing"


def test_where_nothing_fails_nothing_is_rescued(host: Played) -> None:
    good = TRY.replace("exit 3", "exit 0")
    assert host.do(HEAD + good + RESCUE) == "changed", host.errors()
    assert "note" not in there(host)


def test_what_is_notified_before_a_failure_is_done(host: Played) -> None:
    told = TRY.replace(
        '{name: write a, file: {path: "{{ here }}/a", content: "new"}}',
        '{name: write a, file: {path: "{{ here }}/a", content: "new"}, notify: tell}',
    )
    handlers = """
  handlers:
    - {name: tell, file: {path: "{{ here }}/told", content: "x"}}
"""
    assert host.do(HEAD + told + RESCUE + handlers) == "changed", host.errors()
    assert host.text("told") == "x"


FIGHT = """
    - name: fight
      block:
        - {name: whole, file: {path: "{{ here }}/a", content: "new\\n"}}
        - {name: one, line: {path: "{{ here }}/a", line: "more"}}
      rescue:
        - {name: rescue, file: {path: "{{ here }}/rescued", content: "x"}}
"""
IGNORED = """
    - {name: whole, file: {path: "{{ here }}/a", content: "new\\n"}, ignore_errors: true}
    - {name: one, line: {path: "{{ here }}/a", line: "more"}}
"""
JUDGED = IGNORED.replace("ignore_errors: true", "failed_when: false")


@pytest.mark.parametrize("steps", [FIGHT, IGNORED, JUDGED])
def test_steps_that_fight_are_neither_rescued_nor_ignored(host: Played, steps: str) -> None:
    assert host.do(HEAD + steps) == "refused"
    assert "never come to rest: «one» and «whole» fight" in str(host.errors())
    assert (host.text("a"), there(host)) == ("old", {"a"})


def test_a_failure_that_is_ignored_says_why(host: Played) -> None:
    said = """
    - {name: break, file: {path: "{{ here }}/no/x", content: "x"}, ignore_errors: true, register: it}
    - {name: note, file: {path: "{{ here }}/note", content: "{{ it.failed }} {{ it.msg }}"}}
"""
    assert host.do(HEAD + said) == "changed", host.errors()
    assert host.text("note") == "True the folder %s/no is not there" % host.here
