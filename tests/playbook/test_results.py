"""Attributes of results: what may be there is never called a mistake; what can't be there is one (errors/results.yml)."""

from pathlib import Path

import pytest

from hardener.errors import PlaybookError
from hardener.playbook import read_playbook
from hardener.playbook.schemas import Language

HEAD = """
- hosts: all
  steps:
    - {command: {cmd: "true", query: true}, register: asked}
"""
LOOP = '    - {command: {cmd: "true", query: true}, loop: [{name: a}], register: all%s}\n'
FILE = '    - file: {path: /srv/a, content: "%s"}\n'
ROLE = "    - role: web\n"


@pytest.mark.parametrize(
    "more",
    [
        FILE % "{{ asked.rc }} {{ asked['stdout'] }} {{ asked.stdout_lines[0].strip() }} {{ asked.keys() }}",
        FILE % "{{ asked.version | default('none') }}",
        FILE % "{{ asked.version.major | default('none') }} {{ asked.version }}",
        FILE % "{{ asked.version.major if asked.version is defined else 0 }}",
        FILE % "{{ asked.version }}" + "      when: asked.version is defined\n",
        FILE % "{{ asked.version }}" + "      when: [\"'version' in asked\"]\n",
        FILE % "{{ asked[name] }} {{ asked[name].more }}",
        FILE % "{% set asked = {'a': 1} %}{{ asked.a }}",
        FILE % "{% for asked in [{'a': 1}] %}{{ asked.a }}{% endfor %}",
        FILE % "{{ later.version }}" + "    - {command: {cmd: a, query: true}, register: later}\n",
        FILE % "{{ asked.results[0].rc }} {{ asked.rc }}" + LOOP.replace("all", "asked") % "",
        FILE % "{{ asked.version }}" + "      vars: {asked: {version: 1}}\n",
        FILE % "{{ asked.version }}" + "      loop: [1]\n      loop_control: {loop_var: asked}\n",
        FILE % "{{ hostvars.other.asked.version }} {{ my.asked.version }}",
        FILE % "asked.version",
        FILE % "{{ ansible_failed_result.anything }} {{ result.anything }}",
        FILE % "{{ asked.version }}" + '    - include: "{{ os }}.yml"\n',
        LOOP % "" + FILE % "{{ all.results[0].item.name }} {{ all.results[-1].anything }} {{ all.results | length }}",
        LOOP % "" + FILE % "{{ item.item.name }} {{ item.stdout }}" + '      loop: "{{ all.results }}"\n',
        LOOP % "" + FILE % "{{ item.anything }}" + '      loop: "{{ all.results | list }}"\n',
        LOOP % ", loop_control: {loop_var: one, index_var: n}" + FILE % "{{ all.results[0].one.name + all.results[0].n }}",
        LOOP % ', until: all.rc == 0, failed_when: "all.attempts > 3"',
        "    - {reboot: , failed_when: result.failed}\n",
        "    - {block: [{reboot: , register: inner}], when: asked.rc == 0}\n" + FILE % "{{ inner.msg }}",
        "    - {section: {path: /a, lines: []}, register: asked}\n" + FILE % "{{ asked.version }}",
    ],
)  # fmt: skip
def test_what_may_be_there_passes(tmp_path: Path, words: Language, more: str) -> None:
    path = tmp_path / "play.yml"
    path.write_text(HEAD + more)
    read_playbook(path, words)


def test_a_role_is_looked_at_too(tmp_path: Path, words: Language) -> None:
    """Also what its files say of a result of the play; a variable of it is not that result."""
    (tmp_path / "roles/web/steps").mkdir(parents=True)
    (tmp_path / "roles/web/steps/main.yml").write_text("- file: {path: '/{{ asked.stdot }}'}\n")
    path = tmp_path / "play.yml"
    path.write_text(HEAD + ROLE)
    with pytest.raises(PlaybookError, match=r"main.yml:1:21: there is no `stdot` in `asked`"):
        read_playbook(path, words)
    path.write_text(HEAD + ROLE + "      vars: {asked: {stdot: 1}}\n")
    read_playbook(path, words)
    (tmp_path / "roles/web/defaults").mkdir()
    (tmp_path / "roles/web/defaults/main.yml").write_text("asked: {stdot: 1}\n")
    path.write_text(HEAD + ROLE)
    read_playbook(path, words)
