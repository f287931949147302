"""A name that nothing defines is an error with its place and the nearest name, at every place (D27, D28)."""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml
from fleet.folders import Fleet

from hardener.errors import HardenerError
from hardener.fleet.compose.composer import Composer
from hardener.fleet.compose.unfold import Groups
from hardener.fleet.elsewhere.errands import Errands
from hardener.fleet.prepare import read_vars_files, settled
from hardener.inventory import load
from hardener.playbook import read_playbook
from hardener.playbook.files import search_path
from hardener.playbook.unfold import Unfolded
from hardener.render import Renderer
from hardener.render.variables import for_host

CASES = yaml.safe_load(Path(__file__).with_name("undefined.yml").read_text())
VARIABLES = "port: 80\nports: [80]\napp: {port: 1, tls: {cert: x}}\nweb_1: web\n"
PLAIN = "{path: /etc/x, content: x}"
FACTS = {"os": {"family": "debian"}}
HEAD = "- name: Play\n  hosts: a\n  steps:\n"
RESULT = {"rc": 0, "stdout": "", "stderr": "", "changed": True, "failed": False}


def playbook(case: dict[str, Any]) -> str:
    """Return the playbook of a case: its steps begin in line 6, its keys stand in line 4."""
    head = f"- name: Play\n  hosts: a\n  gather_facts: true\n  {case.get('keys', 'vars: {}')}\n"
    lists = {name: case[name] for name in ("steps", "handlers") if name in case}
    return head + "".join(f"  {name}:\n{indent(lists[name], '    ')}" for name in lists)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["place"])
def test_an_undefined_name(case: dict[str, Any], tmp_path: Path) -> None:
    Fleet(tmp_path, ["a", "web_1"])
    text = playbook(case).replace("@", PLAIN)
    for name, content in {
        "play.yml": text, "group_vars/all.yml": VARIABLES, **case.get("files", {}),
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    with pytest.raises(HardenerError) as caught:
        list(judged(tmp_path))
    said = str(caught.value).replace(f"{tmp_path}/", "")
    assert [each for each in case["says"] if each not in said] == [], said
    pointed_at = re.search(r"'(\w+)' is undefined\n(.*)\n( *)\^", said)
    assert not pointed_at or pointed_at[2][len(pointed_at[3]) :].startswith(pointed_at[1]), said


def test_all_are_told_at_once(tmp_path: Path) -> None:
    """Of every step and handler, where it stands in a block too."""
    fleet = Fleet(tmp_path, ["a"])
    text = (
        "- name: Play\n  hosts: a\n  vars: {port: 80}\n  steps:\n"
        "    - file: {path: /etc/x, content: '{{ prot }}'}\n"
        "    - block:\n        - file: {path: /etc/y}\n          when: port\n"
        "      always:\n        - file: {path: '{{ paht }}'}\n          notify: tell\n"
        "  handlers:\n    - name: tell\n      command: 'echo {{ tell }}'\n"
    )
    with pytest.raises(HardenerError) as caught:
        fleet.apply(text)
    said = str(caught.value)
    assert [line for line in ("prot", "condition", "paht", "tell") if line not in said] == [], said
    assert "4 problems; no host was changed" in said


def judged(folder: Path) -> Iterator[object]:
    """Compose the play for a host as a run does, and judge what came of its steps."""
    (read,) = read_playbook(folder / "play.yml").plays
    inventory = load([str(folder / "hosts.json")], playbook_dir=folder)
    play = settled(read, {})
    layers: dict[str, Any] = {"host": inventory.host("a"), "inventory": inventory,
                              "play_vars": play.vars, "facts": FACTS}  # fmt: skip
    layers["vars_files"] = read_vars_files(play, layers)
    renderer = Renderer(for_host(**layers), search_path(play.file))
    whole = Unfolded().of(play, Groups(play, renderer, frozenset()).uses)
    composer = Composer(whole, 1, renderer, errands=Errands("a", None))
    yield composer.message("play.yml")
    for step in whole.steps:
        yield composer.judge(step.number, RESULT)


SECRET = (("x", "no_log: true"), ("{{ db_password | default(0) }}", "no_log: false"))


@pytest.mark.parametrize(("text", "more"), SECRET)
def test_no_line_of_a_secret_step_is_shown(tmp_path: Path, text: str, more: str) -> None:
    """It may hold the secret itself, beside what is wrong."""
    fleet = Fleet(tmp_path, ["a"])
    step = "    - {file: {path: /etc/x, content: 'hunter2 {{ prot }} %s'}, %s}\n"
    for given, shown in ((("x", "no_log: false"), True), ((text, more), False)):
        with pytest.raises(HardenerError, match="'prot' is undefined") as caught:
            fleet.apply(HEAD + step % given)
        assert ("hunter2" in str(caught.value)) == shown
