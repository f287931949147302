"""Groups of steps that wait for a host's variables: which loop, or which file or role they bring."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fleet.folders import Fleet
from fleet.test_run import dry, here, titles  # noqa: F401 - `here` is a fixture

from hardener.connect import packing
from hardener.errors import HardenerError, PlaybookError
from hardener.fleet.compose.composer import Composer
from hardener.fleet.compose.unfold import Groups
from hardener.inventory.marked import Opened
from hardener.playbook import Play, read_playbook
from hardener.playbook.unfold import Unfolded
from hardener.render import Renderer

NOBODY: frozenset[str] = frozenset()


@pytest.fixture
def unfolded() -> Unfolded:
    return Unfolded()


def play(folder: Path, steps: str, **files: str) -> Play:
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text)
    (folder / "play.yml").write_text(f"- hosts: all\n  steps:\n{steps}")
    (one,) = read_playbook(folder / "play.yml").plays
    return one


def whole(unfolded: Unfolded, one: Play, **variables: object) -> Play:
    return unfolded.of(one, Groups(one, Renderer(variables), NOBODY).uses)


def sent(one: Play, variables: Mapping[str, object]) -> list[dict[str, Any]]:
    """What the host would be told of the steps."""
    message = packing.whole(Composer(one, 1, Renderer(variables)).message("play.yml"))
    return [{**step, **call} for step in message["steps"] for call in step["calls"]]


LOOP = """
    - block:
        - file: {path: "/etc/{{ item.name }}", content: "{{ item.text }}"}
      loop: "{{ items }}"
"""


def test_items_are_data_and_rendered_once(tmp_path: Path, unfolded: Unfolded) -> None:
    one = play(tmp_path, LOOP)
    items = "{{ [{'name': 'a', 'text': '{' ~ '{ 7 }' ~ '}'}] }}"
    (call,) = sent(whole(unfolded, one, items=items), {})
    assert call["params"]["content"] == "{{ 7 }}"


def test_hosts_with_other_items_get_plays_of_their_own(tmp_path: Path, unfolded: Unfolded) -> None:
    """Of what is secret in them, too: it is in no repr."""
    one = play(tmp_path, LOOP)
    found = {}
    for host, word in (("a", "one"), ("b", "two"), ("c", "one")):
        given: dict[str, object] = {"items": Opened([{"name": "x", "text": word}])}
        found[host] = whole(unfolded, one, **given)
        (call,) = sent(found[host], given)
        assert call["params"]["content"] == word
        assert call["no_log"] is True
        assert call["title"] == "file (item 1)"
    assert found["a"] is found["c"]
    assert found["a"] is not found["b"]


def test_a_label_tells_nothing_of_a_group_that_says_no_log(
    tmp_path: Path, unfolded: Unfolded
) -> None:
    one = play(tmp_path, LOOP + "      no_log: true\n")
    (step,) = whole(unfolded, one, items=[{"name": "x", "text": "y"}]).steps
    assert step.name == "file (item 1)"


def test_loops_in_loops(tmp_path: Path, unfolded: Unfolded) -> None:
    steps = """
    - include: inner.yml
      loop: [1, 2]
      loop_control: {loop_var: outer, index_var: n}
"""
    inner = """
- include: step.yml
  loop: "{{ range(outer) | list }}"
  when: item != 1 or n == 0
"""
    step = '- {name: S, file: {path: "/etc/{{ outer }}-{{ item }}-{{ x }}", content: ""}, loop: [p], loop_control: {loop_var: x}}'
    one = play(tmp_path, steps, inner=inner, step=step)
    found = whole(unfolded, one)
    assert [each.name for each in found.steps] == ["S (1) (0)", "S (2) (0)"]
    assert [each.uses for each in found.steps] == [(0, 0), (1, 0)]
    assert [each["params"]["path"] for each in sent(found, {})] == ["/etc/1-0-p", "/etc/2-0-p"]


def test_a_file_that_names_itself_by_a_variable_ends(tmp_path: Path, unfolded: Unfolded) -> None:
    one = play(tmp_path, '    - include: "{{ f }}.yml"\n', again='- include: "{{ f }}.yml"\n')
    with pytest.raises(PlaybookError, match="again.yml includes itself") as caught:
        whole(unfolded, one, f="again")
    (problem,) = caught.value.problems
    assert (Path(problem.file).name, problem.line) == ("again.yml", 1)


def test_a_result_behind_a_variable_is_found(tmp_path: Path, unfolded: Unfolded) -> None:
    steps = (
        """
    - command: {cmd: ls, query: true}
      register: listed
"""
        + LOOP
    )
    one = play(tmp_path, steps)
    with pytest.raises(HardenerError, match="wait for `listed`") as caught:
        whole(unfolded, one, items="{{ listed.stdout_lines }}")
    assert caught.value.where.endswith("play.yml:9:13")
    assert "write `loop` or `when` at the steps themselves" in caught.value.hint


def test_a_condition_on_a_result_stays_with_the_steps(tmp_path: Path, unfolded: Unfolded) -> None:
    steps = """
    - command: {cmd: ls, query: true}
      register: listed
    - include: "{{ f }}.yml"
      when: [listed is changed, f == 'a']
"""
    one = play(tmp_path, steps, a="- file: {path: /etc/a}\n")
    assert len(whole(unfolded, one, f="a").steps) == 2
    assert len(whole(unfolded, one, f="b").steps) == 1


def test_what_extra_variables_say_wins(tmp_path: Path, unfolded: Unfolded) -> None:
    one = play(
        tmp_path, "    - {include: '{{ f }}.yml', vars: {f: b}}\n", a="- file: {path: /etc/a}"
    )
    found = unfolded.of(one, Groups(one, Renderer({"f": "a"}), frozenset({"f"})).uses)
    assert len(found.steps) == 1


def test_handlers_of_a_role_by_a_variable_are_known_then(
    tmp_path: Path, unfolded: Unfolded
) -> None:
    for part, text in {
        "steps": "- {file: {path: /etc/a}, notify: reload}\n",
        "handlers": "- {name: reload, file: {path: /etc/b}}\n",
    }.items():
        (tmp_path / "roles/web" / part).mkdir(parents=True)
        (tmp_path / "roles/web" / part / "main.yml").write_text(text)
    steps = "    - {role: '{{ r }}'}\n    - {file: {path: /etc/c}, notify: relaod}\n"
    one = play(tmp_path, steps)
    with pytest.raises(PlaybookError, match=r"did you mean `reload`") as caught:
        whole(unfolded, one, r="web")
    assert len(caught.value.problems) == 1


ONCE = """
- hosts: all
  gather_facts: false
  steps:
    - block:
        - {{name: first, file: {{path: "{folder}/{{{{ item }}}}", content: ""}}}}
      loop: "{{{{ [1] if inventory_hostname == 'a' else [1, 2, 3] }}}}"
    - block:
        - {{name: once, command: {{cmd: "echo {{{{ item }}}}", query: true}}, run_once: true, register: found}}
        - {{name: write, file: {{path: "{folder}/of-{{{{ inventory_hostname }}}}-{{{{ item }}}}", content: "{{{{ found.stdout }}}}"}}}}
      loop: [x, y]
"""


def test_what_one_host_does_for_all_is_known_by_its_place(here: Fleet) -> None:  # noqa: F811
    """Its number is another one on each host."""
    assert dry(here, ONCE.format(folder=here.folder)) == dict.fromkeys("abcd", "pending")
    skipped = [(name, f"once ({item})") for name in "bcd" for item in "xy"]
    assert titles(here, "skipped") == sorted(skipped)
    written = {
        (event.host, event.data["title"]): "\n".join(event.data["changes"][0]["diff"])
        for event in here.said("step")
        if event.data["title"].startswith("write") and event.data["stage"] == "preview"
    }
    assert len(written) == 8
    assert all(f"+{title[-2]}" in diff for (_, title), diff in written.items())
