"""`delegate_to`: a step is done on another host, whose promises hold there, too."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from fleet.delegating import BREAKS, HEAD, LATE, OUT, OWN, THERE, Delegating

from hardener.errors import HardenerError

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def fleet(tmp_path: Path) -> Delegating:
    return Delegating(tmp_path)


def test_it_is_done_there_with_the_variables_of_the_host_that_asks(fleet: Delegating) -> None:
    text = HEAD + OUT + "      register: out\n" + (
        '    - {name: own, file: {path: /etc/own, content: "failed: {{ out.failed }}"}, when: out.changed}\n'
    )  # fmt: skip
    assert fleet.go(text) == {"a": "changed", "lb": "changed"}
    said = fleet.text("lb", "out")
    assert said and said.startswith("a word-of-a ")
    assert fleet.text("a", "own") == "failed: False"
    assert fleet.text("a", "out") is None
    assert fleet.steps() == [
        ("lb", "take it out (for a)", "changed"), ("a", "take it out", "elsewhere"), ("a", "own", "changed"),
    ]  # fmt: skip


def test_a_second_run_changes_nothing_anywhere(fleet: Delegating) -> None:
    fleet.go(HEAD + OUT + OWN)
    assert fleet.go(HEAD + OUT + OWN) == {"a": "ok", "lb": "ok"}
    assert fleet.go(HEAD + OUT + OWN, dry_run=True) == {"a": "ok", "lb": "ok"}


def test_who_has_nothing_to_do_itself_has_it_done_all_the_same(fleet: Delegating) -> None:
    assert fleet.go(HEAD + OUT) == {"a": "ok", "lb": "changed"}
    assert fleet.text("lb", "out")


FOLDER = """
    - {name: folder, file: {path: /etc/d, state: directory}, delegate_to: lb}
    - {name: file, file: {path: /etc/d/f, content: "x"}, delegate_to: lb}
    - {name: line, line: {path: /etc/d/f, line: "y"}, delegate_to: lb}
"""


def test_the_preview_there_sees_what_earlier_steps_would_do(fleet: Delegating) -> None:
    text = HEAD + FOLDER.replace('content: "x"', 'content: "y"')
    assert fleet.go(text, dry_run=True) == {"a": "ok", "lb": "pending"}
    assert [status for host, _, status in fleet.steps("preview") if host == "lb"] == [
        "changed", "changed", "ok",
    ]  # fmt: skip
    assert fleet.trees() == fleet.before


def test_steps_that_fight_there_are_refused_before_anything_changes(fleet: Delegating) -> None:
    assert fleet.go(HEAD + OWN + FOLDER) == {"a": "refused", "lb": "refused"}
    assert "never come to rest: «line (for a)» and «file (for a)»" in fleet.why("a")["why"]
    assert fleet.trees() == fleet.before


def test_a_failure_here_puts_back_what_was_done_there(fleet: Delegating) -> None:
    (fleet.folder / "lb/etc/out").write_text("old\n")
    before = fleet.trees()
    assert fleet.go(HEAD + OUT + OWN + BREAKS) == {"a": "rolled back", "lb": "rolled back"}
    assert ("lb", "take it out (for a)", "changed") in fleet.steps()
    assert fleet.trees() == before


def test_what_is_kept_here_is_kept_there(fleet: Delegating) -> None:
    text = (HEAD + OUT + OWN + BREAKS).replace("  steps:", "  on_failure: keep\n  steps:", 1)
    assert fleet.go(text) == {"a": "failed", "lb": "failed"}
    assert fleet.text("a", "own")
    assert fleet.text("lb", "out")


def test_a_failure_there_puts_all_back(fleet: Delegating) -> None:
    text = HEAD + OUT + THERE % ""
    assert fleet.go(text) == {"a": "rolled back", "lb": "rolled back"}
    assert fleet.trees() == fleet.before


FULL = """
    - {name: there, file: {path: /etc/none/x, content: x}, delegate_to: lb, register: there%s}
    - {name: after, file: {path: /etc/after, content: "failed {{ there.failed }}: {{ there.msg }}"}}
"""


def test_a_failure_that_the_preview_foresees_changes_nothing(fleet: Delegating) -> None:
    assert fleet.go(HEAD + OUT + OWN + FULL % "") == {"a": "refused", "lb": "refused"}
    assert fleet.why("a")["where"] == "lb"
    assert "the folder /etc/none is not there" in fleet.why("a")["what"]
    assert fleet.trees() == fleet.before


def test_errors_there_are_ignored_and_judged_here(fleet: Delegating) -> None:
    assert fleet.go(HEAD + OUT + FULL % ", ignore_errors: true") == {
        "a": "changed",
        "lb": "changed",
    }
    assert (fleet.text("a", "after") or "").startswith("failed True: the folder")
    judged = ", failed_when: word != 'word-of-a'"
    assert fleet.go(HEAD + FULL.replace(": {{ there.msg }}", "") % judged)["a"] == "changed"
    assert fleet.text("a", "after") == "failed False"


RESCUED = """
    - name: try
      block:
        - {name: there, file: {path: /etc/none/x, content: x}, delegate_to: lb}
      rescue:
        - {name: rescue, file: {path: /etc/rescue, content: "{{ ansible_failed_task.name }}"}, delegate_to: b}
      always:
        - {name: always, file: {path: /etc/always, content: "x"}}
"""


def test_a_failure_there_is_rescued_here(fleet: Delegating) -> None:
    assert fleet.go(HEAD + RESCUED) == {"a": "changed", "b": "changed", "lb": "ok"}
    assert fleet.text("b", "rescue") == "there"
    assert fleet.text("a", "always") == "x"


def test_a_block_hands_it_down_and_a_step_may_say_otherwise(fleet: Delegating) -> None:
    text = (
        HEAD
        + """
    - delegate_to: lb
      block:
        - {file: {path: /etc/y, content: y}}
        - {file: {path: /etc/z, content: z}, delegate_to: "{{ inventory_hostname }}"}
"""
    )
    assert fleet.go(text) == {"a": "changed", "lb": "changed"}
    assert (fleet.done(), fleet.done("etc/z")) == (["lb"], ["a"])


def test_a_loop_goes_to_a_host_for_each_item(fleet: Delegating) -> None:
    text = (
        HEAD
        + """
    - {name: key, file: {path: /etc/y, content: "{{ item }}"}, delegate_to: "{{ item }}", loop: "{{ groups.all }}", register: keys}
    - {name: own, file: {path: /etc/own, content: "{{ keys.results | length }} {{ keys.failed }}"}}
"""
    )
    assert fleet.go(text) == {"a": "changed", "b": "changed", "lb": "changed"}
    assert [fleet.text(name, "y") for name in fleet.names] == fleet.names
    assert fleet.text("a", "own") == "3 False"


def test_what_would_flip_with_every_run_is_refused(fleet: Delegating) -> None:
    """The second time nothing changes there, so the content here would be another."""
    text = HEAD + OUT + "      register: out\n" + (
        '    - {name: own, file: {path: /etc/own, content: "changed: {{ out.changed }}"}}\n'
    )  # fmt: skip
    assert fleet.go(text) == {"a": "refused", "lb": "refused"}
    assert "«own» and «own» fight" in fleet.why("a")["what"]


def test_handlers_are_those_of_the_host_that_asks(fleet: Delegating) -> None:
    text = HEAD + OUT + "      notify: note\n  handlers:\n" + (
        "    - {name: note, file: {path: /etc/noted, content: x}}\n"
    )  # fmt: skip
    assert fleet.go(text) == {"a": "changed", "lb": "changed"}
    assert fleet.done("etc/noted") == ["a"]
    (fleet.folder / "a/etc/noted").unlink()
    fleet.go(text)
    assert fleet.done("etc/noted") == [], "nothing changed there, so nobody is notified"


HANDLER = """
  handlers:
    - {name: tell, line: {path: /etc/told, line: "{{ inventory_hostname }}", create: true}, delegate_to: lb}
    - {name: note, file: {path: /etc/noted, content: x}, listen: tell}
"""


def test_a_handler_that_is_delegated_runs_there_before_the_checks_here(fleet: Delegating) -> None:
    text = HEAD + OUT + "      notify: tell\n" + OWN + "  verify:\n    - file: {path: /etc/own}\n"
    assert fleet.go(text + HANDLER) == {"a": "changed", "lb": "changed"}
    assert (fleet.text("lb", "told"), fleet.text("a", "noted")) == ("a\n", "x")
    said = [
        (each.host, each.data["title"])
        for each in fleet.events
        if each.name == "check" or (each.name == "step" and each.data["stage"] == "apply")
    ]
    assert said.index(("lb", "tell (for a)")) < said.index(("a", "file"))
    (fleet.folder / "lb/etc/told").unlink()
    assert fleet.go(text + HANDLER) == {"a": "ok", "lb": "ok"}
    assert fleet.text("lb", "told") is None, "nothing has changed there since"


def test_a_handler_that_fails_there_puts_all_back(fleet: Delegating) -> None:
    breaks = "delegate_to: lb, verify: [{file: {path: /etc/never}}]"
    text = HEAD + OUT + "      notify: tell\n" + OWN + HANDLER.replace("delegate_to: lb", breaks, 1)
    assert fleet.go(text) == {"a": "rolled back", "lb": "rolled back"}
    assert ("lb", "tell (for a)", "failed") in fleet.steps()
    assert ("a", "own", "changed") in fleet.steps()
    assert fleet.trees() == fleet.before


def test_a_handler_elsewhere_hears_of_what_changed_there_only(fleet: Delegating) -> None:
    with pytest.raises(
        HardenerError, match="the handler `tell` is done on lb, and this step is not"
    ) as caught:
        fleet.go(HEAD + OWN.replace("}}", "}, notify: tell}") + HANDLER)
    assert "play.yml:4:" in str(caught.value)
    assert fleet.trees() == fleet.before


def test_a_secret_is_told_nowhere(fleet: Delegating) -> None:
    canary = "canary-5161"
    secret = (
        '    - {name: quiet, file: {path: /etc/key, mode: "0600", content: "{{ key }}"}, delegate_to: lb, no_log: true, register: r}\n'
        '    - {name: quiet2, file: {path: /etc/none/x, content: "{{ key }}"}, delegate_to: lb, no_log: true, ignore_errors: true}\n'
    )
    assert fleet.go(HEAD + secret, extra_vars={"key": canary})["lb"] == "changed"
    assert fleet.text("lb", "key") == canary
    assert canary not in repr([event.plain() for event in fleet.events])
    changes = [
        e.data["changes"] for e in fleet.said("step") if e.host == "lb" and e.data["changes"]
    ]
    assert changes
    assert all(change["diff"] == ["  ********"] for each in changes for change in each)
    journals = "".join(p.read_text() for p in (fleet.folder / "lb/var").rglob("*.json*"))
    assert canary not in journals


@pytest.mark.parametrize(
    ("step", "what", "hint"),
    [
        ("delegate_to: localhots", "there is no host 'localhots'", "did you mean `localhost`?"),
        ('delegate_to: "{{ late.status }}"', "where a step is done must be known before the play begins", "`when`"),
        ('delegate_to: "{{ item }}", loop: "{{ late.status }}"', "`late` is a result", "`when`"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    fleet: Delegating, step: str, what: str, hint: str
) -> None:
    with pytest.raises(HardenerError) as caught:
        fleet.go(HEAD + LATE + "    - {file: {path: /etc/y, content: y}, " + step + "}\n")
    assert what in str(caught.value)
    assert hint in str(caught.value)
    assert "play.yml:5:" in str(caught.value)
    assert caught.value.exit_code == 64
    assert fleet.trees() == fleet.before


def test_no_thread_stays_behind(fleet: Delegating) -> None:
    fleet.go(HEAD + OUT + OWN + BREAKS)
    assert not [each.name for each in threading.enumerate() if each.name.startswith("errand")]
