"""Which hosts are begun, in which order, and what stops the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fleet.folders import Fleet, play

from hardener.connect import Direct
from hardener.errors import HardenerError
from hardener.fleet.begun import Begun
from hardener.fleet.compose.choice import Choice
from hardener.fleet.compose.composer import Composer
from hardener.fleet.options import Options
from hardener.fleet.rights import Rights
from hardener.fleet.run import PlaybookRun
from hardener.fleet.session import Session
from hardener.inventory import load
from hardener.playbook import read_playbook
from hardener.render import Renderer


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path, ["a", "b", "c", "d"])


def test_trouble_on_one_host_stops_no_other(fleet: Fleet) -> None:
    fleet.breaks("b")
    assert fleet.apply(play()) == {"a": "changed", "b": "refused", "c": "changed", "d": "changed"}
    assert fleet.done() == ["a", "c", "d"]
    assert not fleet.said("stopped")


def test_a_batch_that_fails_as_a_whole_ends_the_run(fleet: Fleet) -> None:
    """That is what the first one is for."""
    fleet.breaks("a")
    statuses = fleet.apply(play("serial: [1, 100%]") + play())
    assert statuses == {"a": "refused"}
    assert fleet.done() == []
    (stopped,) = fleet.said("stopped")
    assert "no host of the batch came through: the rest is left as it is" in stopped.data["why"]


def test_a_batch_with_one_good_host_goes_on(fleet: Fleet) -> None:
    fleet.breaks("a")
    fleet.apply(play("serial: 2"))
    assert fleet.done() == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("serial: 2\n  max_fail_percentage: 49", "1 of 2 hosts failed, more than 49 %"),
        ("serial: 2\n  any_errors_fatal: true", "any_errors_fatal"),
    ],
)
def test_limits_end_the_run_and_not_only_the_play(fleet: Fleet, keys: str, why: str) -> None:
    fleet.breaks("a")
    fleet.apply(play(keys) + play())
    assert fleet.done() == ["b"]
    assert why in fleet.said("stopped")[0].data["why"]


def test_nothing_is_said_of_a_rest_that_is_not_there(fleet: Fleet) -> None:
    fleet.breaks(*fleet.names)
    fleet.apply(play())
    assert not fleet.said("stopped")


def test_a_mistake_in_a_later_play_or_batch_leaves_every_host_alone(fleet: Fleet) -> None:
    """Promise 7: all at once, and no host is touched."""
    later = '- hosts: [c, d]\n  steps:\n    - file: {path: /etc/z, content: "{{ typo }}"}\n'
    with pytest.raises(HardenerError) as caught:
        fleet.apply(play("serial: 1") + later + later.replace("typo", "other"))
    assert caught.value.exit_code == 64
    assert "'typo' is undefined" in str(caught.value)
    assert "'other' is undefined" in str(caught.value)
    assert "2 problems; no host was changed" in str(caught.value)
    assert fleet.done() == []


def test_a_template_sees_the_facts_of_every_host(fleet: Fleet) -> None:
    content = "{% for host in groups.all %}{{ hostvars[host].facts.cpu.count }},{% endfor %}"
    text = f'- hosts: all\n  steps:\n    - file: {{path: /etc/f, content: "{content}"}}\n'
    fleet.apply(text)
    assert fleet.done("etc/f") == fleet.names
    assert (fleet.folder / "a/etc/f").read_text().count(",") == 4


def test_a_template_sees_what_the_client_of_the_login_knows(fleet: Fleet) -> None:
    """Nothing, where nobody has logged in; by ssh see tests/hosts/test_baseline.py."""
    text = (
        "- hosts: all\n  steps:\n"
        '    - file: {path: /etc/f, content: "knows {{ facts.login.kex_algorithms }}"}\n'
    )
    fleet.apply(text)
    assert (fleet.folder / "a/etc/f").read_text() == "knows []"


def test_what_a_play_says_of_all_its_hosts_may_be_rendered(fleet: Fleet) -> None:
    """-e gives text."""
    keys = (
        'serial: "{{ batch }}"\n  max_fail_percentage: "{{ share }}"\n'
        '  any_errors_fatal: "{{ fatal }}"\n  gather_facts: "{{ facts_too }}"'
    )
    text = play(keys).replace("hosts: all", 'hosts: "{{ target }}"')
    given = {"target": ["c", "d"], "batch": "1", "share": "50", "fatal": "false"}
    assert fleet.apply(text, facts_too="no", **given) == {"c": "changed", "d": "changed"}
    with pytest.raises(HardenerError, match="no size of a batch") as caught:
        fleet.apply(text, facts_too="no", **{**given, "batch": "some"})
    assert "play.yml:3" in str(caught.value)


def test_a_bug_on_one_host_is_told_and_stops_no_other(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = Session.facts

    def broken(self: Session) -> dict[str, Any]:
        return {"": {}}["a bug"] if self.name == "b" else facts(self)

    monkeypatch.setattr(Session, "facts", broken)
    assert fleet.apply(play())["b"] == "failed"
    assert fleet.done() == ["a", "c", "d"]
    (error,) = fleet.said("error")
    assert "KeyError: 'a bug'" in error.data["what"]
    assert "in broken" in error.data["why"]
    assert "bug in hardener" in error.data["hint"]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["unfinished", "ok"], False),
        (["unfinished", "refused"], False),
        (["unfinished"], True),
        (["changed", "rolled back"], True),
        (["changed", "unfinished", "ok"], True),
        (["rolled back"], False),
        (["ok", "unfinished", "changed"], True),
    ],
)
def test_what_of_several_plays_stands(words: list[str], left: bool) -> None:
    begun = Begun()
    for word in words:
        begun.note("web1", "", word)
    assert begun.can_be_undone() == left


def test_only_those_users_are_gone_back_to_who_left_something() -> None:
    begun = Begun()
    for user, word in (("root", "changed"), ("", "ok"), ("app", "changed")):
        begun.note("web1", user, word)
    begun.note("web2", "root", "ok")
    assert begun.hosts == {"web1": "changed", "web2": "ok"}
    assert begun.users == {"web1": ["root", "app"], "web2": ["root"]}


STEP = "- hosts: all\n  steps:\n    - file: {{path: /etc/z, content: z}}\n      become: {}\n"
LOGIN, ROOT = Rights(everything=False), Rights()
BECAME = Rights(became=True)


@pytest.mark.parametrize(
    ("become", "rights", "what"),
    [
        ("true", ROOT, ""),
        ("true", BECAME, ""),
        ("true", LOGIN, "a step can't `become` another user by itself"),
        ("false", LOGIN, ""),
        ("false", ROOT, ""),
        ("false", BECAME, "a step can't do without the `become` of its play"),
        ('"{{ 1 == 1 }}"', LOGIN, "a step can't `become` another user by itself"),
    ],
)
def test_become_on_a_step(tmp_path: Path, become: str, rights: Rights, what: str) -> None:
    """It was passed over, and the step done as somebody else."""
    (tmp_path / "play.yml").write_text(STEP.format(become))
    (one,) = read_playbook(tmp_path / "play.yml").plays
    composer = Composer(one, 1, Renderer({}), Choice(), rights)
    if not what:
        composer.message("play.yml")
        return
    with pytest.raises(HardenerError, match=what) as caught:
        composer.message("play.yml")
    assert caught.value.where.endswith("play.yml:4:15")


ONCE = """
- hosts: all
  {keys}
  steps:
    - {{name: once, command: {{cmd: cat {folder}/word, query: true}}, run_once: true, register: found}}
    - name: write
      file: {{path: "{folder}/of-{{{{ inventory_hostname }}}}", content: "{{{{ found.stdout }}}}"}}
    - {{name: one file, file: {{path: "{folder}/once", content: x}}, run_once: true}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Fleet:
    """Four names of this very machine, for what no folder can run."""
    fleet = Fleet(tmp_path, ["a", "b", "c", "d"])
    hosts = {name: {"connection": "local"} for name in fleet.names}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    (tmp_path / "word").write_text("word")
    return fleet


def titles(fleet: Fleet, status: str) -> list[tuple[str, str]]:
    said = [each for each in fleet.said("step") if each.data["stage"] == "preview"]
    return sorted((e.host, e.data["title"]) for e in said if e.data["status"] == status)


@pytest.mark.parametrize(
    ("serial", "doers", "told_by"), [("[4]", "a", "a"), ("[1, 3]", "ab", "b"), ("[2]", "ac", "ac")]
)
def test_the_first_of_a_batch_does_it_and_all_know(
    here: Fleet, serial: str, doers: str, told_by: str
) -> None:
    text = ONCE.format(keys=f"serial: {serial}", folder=here.folder)
    assert dry(here, text) == dict.fromkeys("abcd", "pending")
    others = sorted(set("abcd") - set(doers))
    skipped = [(name, title) for name in others for title in ("once", "one file")]
    assert titles(here, "skipped") == sorted(skipped)
    assert {e.data["why"] for e in here.said("step") if e.data["status"] == "skipped"} == {
        f"run once, on {name}" for name in told_by
    }
    assert titles(here, "changed") == sorted(
        [*((name, "write") for name in "abcd"), *((name, "one file") for name in doers)]
    )


def dry(fleet: Fleet, text: str) -> dict[str, str]:
    (fleet.folder / "play.yml").write_text(text)
    inventory = load([str(fleet.folder / "hosts.json")], playbook_dir=fleet.folder)
    options = Options(inventory=(str(fleet.folder / "hosts.json"),), forks=4)
    book = read_playbook(fleet.folder / "play.yml")
    fleet.events.clear()
    with PlaybookRun(book, inventory, options, Direct(), fleet.events.append, "run") as run:
        return dict(run.go(dry_run=True))


def test_a_file_is_written_on_one_host(fleet: Fleet) -> None:
    text = """
- hosts: all
  steps:
    - {file: {path: /etc/y, content: "y"}, run_once: true, register: wrote}
    - {file: {path: /etc/z, content: "z"}, when: wrote.changed}
"""
    assert fleet.apply(text) == dict.fromkeys("abcd", "changed")
    assert fleet.done() == ["a"]
    assert fleet.done("etc/z") == ["a", "b", "c", "d"]


def test_a_host_that_ends_before_it_lets_nobody_wait(fleet: Fleet) -> None:
    fleet.breaks("a")
    text = play("max_fail_percentage: 100").rstrip() + "\n"
    text += "    - {file: {path: /etc/z, content: z}, run_once: true}\n"
    found = fleet.apply(text)
    assert set(found.values()) == {"refused"}
    said = [event.data["error"]["what"] for event in fleet.said("done") if event.host != "a"]
    assert said == ["a, which does this step for all, has ended before it"] * 3
    assert fleet.done() == []


def test_a_host_that_cannot_be_reached_is_not_the_first(fleet: Fleet) -> None:
    hosts = json.loads((fleet.folder / "hosts.json").read_text())
    hosts["all"]["hosts"]["a"] = {"host": "127.0.0.1", "port": 1}
    (fleet.folder / "hosts.json").write_text(json.dumps(hosts))
    text = "- hosts: all\n  steps:\n    - {file: {path: /etc/y, content: y}, run_once: true}\n"
    assert fleet.apply(text)["b"] == "changed"
    assert fleet.done() == ["b"]
