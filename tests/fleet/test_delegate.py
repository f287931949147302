"""`delegate_to`: a step is done on another host, whose promises hold there, too."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fleet.folders import Fleet
from tree import listing

from hardener.connect import NoSecrets
from hardener.errors import HardenerError
from hardener.events import Event
from hardener.fleet.audit import AuditRun
from hardener.fleet.begun import Begun
from hardener.fleet.choice import Choice
from hardener.fleet.options import Options
from hardener.fleet.plan import Plan
from hardener.fleet.run import PlaybookRun
from hardener.fleet.undo import each_host
from hardener.host import lock
from hardener.host.store import Store
from hardener.host.system import System
from hardener.inventory import load
from hardener.playbook import read_playbook

HEAD = "- name: play\n  hosts: a\n  steps:\n"
OUT = """
    - name: take it out
      file: {path: "/etc/out", content: "{{ inventory_hostname }} {{ word }} {{ facts.cpu.count }}\\n"}
      delegate_to: lb
"""
OWN = '    - {name: own, file: {path: /etc/own, content: "x\\n"}}\n'
FAILS = '    - {name: fails, file: {path: /etc/none/x, content: "{{ late.changed }}"}}\n'
LATE = '    - {name: late, file: {path: /etc/late, content: "x"}, register: late}\n'
BREAKS = (
    LATE
    + "    - {name: breaks, line: {path: /etc/own, regexp: \"{{ late.changed and '(' }}\", line: x}}\n"
)
pytestmark = pytest.mark.timeout(60)


class Delegating(Fleet):
    """Hosts a, b and lb, which know each other by the variable `word`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ["a", "b", "lb"])
        self.begun = Begun()
        self.heard: Callable[[Event], None] = lambda event: None
        hosts = {
            name: {"root": str(folder / name), "word": f"word-of-{name}"} for name in self.names
        }
        (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        self.before = self.trees()

    def work(
        self, text: str, kind: Any = PlaybookRun, plan: Plan | None = None, **given: Any
    ) -> Any:
        (self.folder / "play.yml").write_text(text)
        hosts = str(self.folder / "hosts.json")
        inventory = load([hosts], playbook_dir=self.folder)
        options = Options(inventory=(hosts,), forks=4, **given)
        book = read_playbook(self.folder / "play.yml")
        self.events.clear()
        return kind(book, inventory, options, NoSecrets(), self.told, "20260101-000000-aaaaaa",
                    lambda begun: setattr(self, "begun", begun), plan)  # fmt: skip

    def told(self, event: Event) -> None:
        self.events.append(event)
        self.heard(event)

    def go(self, text: str, *, dry_run: bool = False, **given: Any) -> dict[str, str]:
        with self.work(text, dry_run=dry_run, **given) as self.run:
            return dict(self.run.go(dry_run=dry_run))

    def trees(self) -> dict[str, Any]:
        """All that is on the hosts but what hardener itself keeps."""
        return {name: listing(self.folder / name / "etc") for name in self.names}

    def text(self, host: str, file: str) -> str | None:
        path = self.folder / host / "etc" / file
        return path.read_text() if path.is_file() else None

    def steps(self, stage: str = "apply") -> list[tuple[str, str, str]]:
        said = [e for e in self.said("step") if e.data["stage"] == stage]
        return [(e.host, e.data["title"], e.data["status"]) for e in said]

    def why(self, host: str) -> dict[str, Any]:
        return [e.data["error"] for e in self.said("done") if e.host == host][-1]

    def undo(self) -> dict[str, str]:
        """What `harden rollback` does on the hosts of the record."""
        options = Options(inventory=(str(self.folder / "hosts.json"),))
        hosts, users = self.begun.hosts, self.begun.users
        return each_host(
            options, [host for host, word in hosts.items() if word != "ok"], NoSecrets(), self.told,
            lambda session: session.do("rollback", target=self.run.run, run="20260101-000001-bbbbbb"),
            users,
        )  # fmt: skip


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


AGAIN = OUT.replace("take it out", "again").replace("/etc/out", "/etc/again")
THERE = """
    - {name: first, file: {path: /etc/first, content: x}, register: first}
    - {name: there, line: {path: /etc/t, create: true, regexp: "{{ first.changed and '(' }}", line: x}, delegate_to: lb%s}
"""


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


# waiting

MUTUAL = """
- hosts: a:b
  steps:
    - {file: {path: "/etc/of-{{ inventory_hostname }}", content: x}, delegate_to: "{{ 'b' if inventory_hostname == 'a' else 'a' }}"}
    - {file: {path: /etc/own, content: x}}
"""


def test_two_that_delegate_to_each_other_take_turns(fleet: Delegating) -> None:
    assert fleet.go(MUTUAL) == {"a": "changed", "b": "changed"}
    assert (fleet.done("etc/of-a"), fleet.done("etc/of-b")) == (["b"], ["a"])
    (waits,) = [e for e in fleet.said("phase") if e.data["phase"] == "waits"]
    assert (waits.host, waits.data["why"]) == ("b", "for a: both have to do with the same host")


def test_two_that_delegate_to_one_go_one_after_the_other(fleet: Delegating) -> None:
    both = HEAD.replace("hosts: a", "hosts: a:b")
    text = (
        both
        + '    - {name: add, line: {path: /etc/l, create: true, line: "{{ inventory_hostname }}"}, delegate_to: lb}\n'
    )
    assert fleet.go(text) == {"a": "ok", "b": "ok", "lb": "changed"}
    assert fleet.text("lb", "l") == "a\nb\n"
    assert not fleet.said("diverged")
    assert fleet.undo() == {"lb": "rolled back"}
    assert fleet.trees() == fleet.before


def test_who_waits_for_a_run_once_and_is_a_delegate_stands_in_nobodys_way(
    fleet: Delegating,
) -> None:
    """b waits for what a does for all, a for what b does for it: a goes first."""
    text = """
- hosts: a:b
  steps:
    - {name: once, file: {path: /etc/once, content: x}, run_once: true, register: once}
    - {name: there, file: {path: /etc/there, content: "x{{ once.failed }}"}, delegate_to: b, run_once: true}
    - {name: own, file: {path: /etc/own, content: "x{{ once.failed }}"}}
"""
    assert fleet.go(text) == {"a": "changed", "b": "changed"}
    assert (fleet.done("etc/once"), fleet.done("etc/there")) == (["a"], ["b"])
    assert len([s for s in fleet.steps() if s[1] == "there (for a)"]) == 1


def test_another_run_that_holds_the_delegate_is_named_and_nothing_changes(
    fleet: Delegating,
) -> None:
    store = Store(System(str(fleet.folder / "lb")))
    with lock.held(store, "somebody-elses"):
        assert fleet.go(HEAD + OWN + OUT)["a"] == "refused"
    (error,) = [e.data for e in fleet.said("error") if e.host == "lb"]
    assert "another run holds this host" in error["what"]
    assert "somebody-elses" in error["why"]
    assert "another run holds this host" in fleet.why("a")["why"]
    assert fleet.text("a", "own") is None


# a delegate that is not reached


def unreachable(fleet: Delegating, name: str) -> None:
    hosts = json.loads((fleet.folder / "hosts.json").read_text())
    hosts["all"]["hosts"][name] = {"address": "127.0.0.1", "port": 1}
    (fleet.folder / "hosts.json").write_text(json.dumps(hosts))


def test_a_delegate_that_is_not_reached_is_named_and_nothing_changes(fleet: Delegating) -> None:
    unreachable(fleet, "lb")
    assert fleet.go(HEAD + OWN + OUT) == {"a": "refused", "lb": "unreachable"}
    assert fleet.why("a")["where"].endswith("play.yml:6:7")
    assert fleet.why("a")["what"] == "«take it out» is to be done on lb: lb can't be reached"
    assert "127.0.0.1" in fleet.why("a")["why"]
    assert fleet.text("a", "own") is None


def test_one_that_only_the_apply_needs_is_tried_before_anything_changes(fleet: Delegating) -> None:
    unreachable(fleet, "lb")
    text = HEAD + LATE + OUT + "      when: late.changed\n"
    assert fleet.go(text) == {"a": "refused", "lb": "unreachable"}
    assert fleet.text("a", "late") is None


def test_one_that_no_step_needs_is_not_asked(fleet: Delegating) -> None:
    unreachable(fleet, "lb")
    assert fleet.go(HEAD + OWN + OUT + "      when: word == 'other'\n") == {"a": "changed"}
    assert fleet.go(HEAD + OWN.replace("own", "two") + OUT + "      tags: t\n",
                    choice=Choice(skip=frozenset(["t"]))) == {"a": "changed"}  # fmt: skip


def test_a_link_that_breaks_there_puts_all_back(fleet: Delegating) -> None:
    def cut(event: Event) -> None:
        if event.name == "started" and event.data["title"] == "own" and fleet.done("etc/out"):
            fleet.run.preparation.sessions["lb", False, "root"].hang_up()

    fleet.heard = cut
    assert fleet.go(HEAD + OUT + OWN + AGAIN) == {"a": "rolled back", "lb": "unreachable"}
    fleet.heard = lambda event: None
    assert fleet.begun.hosts["lb"] == "unfinished"
    assert fleet.undo()["lb"] == "rolled back"
    assert fleet.trees() == fleet.before


def test_one_that_had_ended_well_is_undone_where_another_does_not(fleet: Delegating) -> None:
    """The newest ends first; then the link to the older one turns out to be cut."""
    text = HEAD + OUT + OWN + OUT.replace("delegate_to: lb", "delegate_to: b")

    def cut(event: Event) -> None:
        if event.name == "done" and event.host == "b":
            fleet.run.preparation.sessions["lb", False, "root"].hang_up()

    fleet.heard = cut
    assert fleet.go(text) == {"a": "rolled back", "b": "rolled back", "lb": "unreachable"}
    assert fleet.trees()["b"] == fleet.before["b"]
    assert fleet.trees()["a"] == fleet.before["a"]


# plans, audits, choices


def planned(fleet: Delegating, text: str) -> Plan:
    plan = Plan("20260101-000000-aaaaaa", str(fleet.folder / "play.yml"), {})
    with fleet.work(text, plan=plan, dry_run=True) as run:
        run.go(dry_run=True)
    plan.holds = True
    return plan


def test_a_plan_holds_for_what_is_done_elsewhere(fleet: Delegating) -> None:
    text = HEAD + OWN + OUT
    plan = planned(fleet, text)
    assert [change["resource"] for change in next(iter(plan.hosts["lb"].values()))["changes"]] == [
        "file:/etc/out"
    ]
    assert fleet.go(text, plan=plan) == {"a": "changed", "lb": "changed"}
    assert fleet.go(text, plan=plan)["lb"] == "refused", "a plan is applied once"


def test_a_plan_refuses_a_delegate_that_has_moved(fleet: Delegating) -> None:
    text = HEAD + OWN + OUT
    plan = planned(fleet, text)
    (fleet.folder / "lb/etc/out").write_text("other")
    assert fleet.go(text, plan=plan) == {"a": "refused", "lb": "refused"}
    assert "file:/etc/out: has changed since" in fleet.why("lb")["why"]
    assert fleet.text("a", "own") is None


def test_an_audit_compares_the_delegate(fleet: Delegating) -> None:
    def audit() -> dict[str, str]:
        text = HEAD + OWN + OUT + THERE.replace("and '('", "or 'x'") % ""
        with fleet.work(text, AuditRun, dry_run=True, looks_only=True) as run:
            return dict(run.go(dry_run=True))

    assert audit() == {"a": "differs", "lb": "differs"}
    assert ("lb", "take it out (for a)", "differs") in fleet.steps("audit")
    assert ("a", "take it out", "skipped") in fleet.steps("audit")
    assert fleet.trees() == fleet.before
    assert not (fleet.folder / "lb/var").exists()


def test_a_limit_does_not_keep_the_delegate_out(fleet: Delegating) -> None:
    text = (HEAD + OUT).replace("hosts: a", "hosts: all")
    assert fleet.go(text, limit="a") == {"a": "ok", "lb": "changed"}


def test_what_went_wrong_elsewhere_keeps_no_host_from_its_own_part(fleet: Delegating) -> None:
    breaks = BREAKS.replace("line: x}", "line: x}, when: inventory_hostname == 'a'").rstrip()
    text = HEAD.replace("hosts: a", "hosts: a:b") + OUT + OWN + breaks + "\n"
    found = fleet.go(text + "- hosts: lb\n  steps:\n" + OWN)
    assert found == {"a": "rolled back", "b": "changed", "lb": "rolled back"}
    assert fleet.text("lb", "own")
    assert (fleet.text("lb", "out") or "").startswith("b ")


# what is remembered


def test_a_rollback_of_the_run_goes_to_the_delegate_too(fleet: Delegating) -> None:
    fleet.go(HEAD + OUT + OWN)
    assert fleet.begun.hosts == {"a": "changed", "lb": "changed"}
    about = json.loads(
        (fleet.folder / "lb/var/lib/hardener/runs/20260101-000000-aaaaaa/run.json").read_text()
    )
    assert about["what"] == "apply"
    assert fleet.undo() == {"a": "rolled back", "lb": "rolled back"}
    assert fleet.trees() == fleet.before


# secrets


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


# a host that is lost

LOST = """
    - name: outer
      block:
        - name: try
          block:
            - {name: out, line: {path: /etc/list, line: "- a", create: true}, delegate_to: lb}
            - {name: own, file: {path: /etc/own, content: x}}
            - {name: worse, file: {path: /etc/worse, content: x}}
          rescue:
            - {name: not here, file: {path: /etc/rescued, content: x}}
            - {name: note, file: {path: /etc/note, content: "{{ ansible_failed_task.name }} {{ ansible_failed_result.unreachable }}"}, delegate_to: lb}
          always:
            - {name: last, file: {path: /etc/last, content: "{{ word }}"}, delegate_to: b}
      rescue:
        - {name: outer note, line: {path: /etc/outer, create: true, line: outer}, delegate_to: lb}
    - {name: after, file: {path: /etc/after, content: x}, delegate_to: lb}
"""


def loses(fleet: Delegating, title: str) -> None:
    """Cut the link to a as soon as it has begun a step of the apply."""

    def cut(event: Event) -> None:
        begun = event.host == "a" and event.name == "started" and event.data["title"] == title
        if begun and [
            e for e in fleet.said("phase") if e.host == "a" and e.data["phase"] == "apply"
        ]:
            fleet.run.preparation.sessions["a", False, "root"].hang_up()

    fleet.heard = cut


def test_the_rescue_of_a_host_that_is_lost_is_done_elsewhere(fleet: Delegating) -> None:
    loses(fleet, "own")
    assert fleet.go(HEAD + LOST) == {"a": "unreachable", "b": "changed", "lb": "rolled back"}
    assert fleet.text("lb", "note") == "own True"
    assert fleet.text("lb", "outer") == "outer\n"
    assert fleet.text("b", "last") == "word-of-a"
    assert fleet.text("lb", "list") is None, "what the play had done there was put back"
    assert fleet.text("lb", "after") is None, "after the blocks it does not go on"
    assert fleet.text("a", "rescued") is None
    assert fleet.begun.hosts == {"a": "unfinished", "b": "changed", "lb": "changed"}
    fleet.heard = lambda event: None
    assert set(fleet.undo().values()) == {"rolled back"}
    assert fleet.trees() == fleet.before


def test_where_the_host_is_lost_outside_of_the_block_nothing_is_rescued(fleet: Delegating) -> None:
    loses(fleet, "before")
    text = HEAD + "    - {name: before, file: {path: /etc/before, content: x}}\n" + LOST
    assert fleet.go(text) == {"a": "unreachable", "b": "ok", "lb": "ok"}
    assert fleet.trees()["b"] == fleet.before["b"]
    assert fleet.trees()["lb"] == fleet.before["lb"]


def test_a_rescue_elsewhere_that_fails_is_put_back(fleet: Delegating) -> None:
    loses(fleet, "own")
    text = (HEAD + LOST).replace("/etc/outer", '"/etc/{{ ansible_failed_task.name }}/outer"')
    assert fleet.go(text)["a"] == "failed"
    assert "the folder /etc/own is not there" in str([e.data for e in fleet.said("error")])
    assert fleet.trees()["lb"] == fleet.before["lb"]


# mistakes


@pytest.mark.parametrize(
    ("step", "what", "hint"),
    [
        ("delegate_to: localhots", "there is no host 'localhots'", "did you mean `localhost`?"),
        ('delegate_to: "{{ late.x }}"', "where a step is done must be known before the play begins", "`when`"),
        ('delegate_to: "{{ item }}", loop: "{{ late.x }}"', "`late` is a result", "`when`"),
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
