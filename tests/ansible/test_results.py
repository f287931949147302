"""What a later task sees of a registered result: the real ansible-playbook and ours write the same files."""

import sys
from pathlib import Path

import needs
from played import Played
from real_ansible import ansible, play, run

SITE = r"""
- hosts: all
  gather_facts: no
  tasks:
    - name: ask
      shell: printf 'one\n\ntwo \n\r\n'; printf 'oh\fno' >&2
      register: asked
      changed_when: "asked.stdout_lines | length == 0"
    - name: ask of each
      command: echo {{ item.name }} {{ number }}
      loop: [{name: a}, {name: b}]
      loop_control: {index_var: number}
      register: each
      changed_when: false
      until: each.rc == 0
      when: item.name != 'c'
    - name: tell
      copy: {dest: @BASE@/lines, content: "{{ asked.stdout_lines | to_json }} {{ asked.stderr_lines | to_json }}\n"}
    - name: tell of text
      copy: {dest: @BASE@/text, content: "{{ [asked.stdout, asked.stderr, asked.rc] | to_json }}\n"}
    - name: tell of each
      copy:
        dest: @BASE@/each
        content: |
          {{ each.results | map(attribute='item.name') | join(' ') }} {{ each.results[1].number }} {{ each.changed }}
          {{ each.results[0].item.name }} {{ each.results[1].stdout }} {{ each.results | length }}
    - name: tell one by one
      copy: {dest: "@BASE@/of-{{ item.item.name }}", content: "{{ item.stdout_lines | to_json }} {{ item.skipped | default(false) }}\n"}
      loop: "{{ each.results }}"
"""


def test_both_tell_the_same(tmp_path: Path) -> None:
    needs.root()
    if not ansible.program("ansible-playbook").exists():
        needs.missing("needs ansible: python tests/inventory/ansible.py installs it")
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder in (theirs, ours):
        folder.mkdir()
        (folder / "site.yml").write_text(SITE.replace("@BASE@", str(folder)))
    play(theirs / "site.yml", tmp_path)
    harden = Path(sys.executable).with_name("harden")
    said = run([harden, "import", ours / "site.yml", "-o", ours / "play.yml"], {})
    assert ": 6 steps turned, 0 left, 2 differ" in said  # no rollback can undo the commands
    host = Played(ours)
    assert host.do((ours / "play.yml").read_text()) == "changed", host.errors()
    made = {path.name: path.read_text() for path in theirs.iterdir() if path.name != "site.yml"}
    assert sorted(made) == ["each", "lines", "of-a", "of-b", "text"]
    assert {name: (ours / name).read_text() for name in made} == made
