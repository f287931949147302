"""What becomes of tasks and of whole playbooks, and what is said of the rest."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hardener.ansible import turn
from hardener.ansible.expressions import expression
from hardener.ansible.notes import Left, Note
from hardener.playbook import read_playbook

HERE = Path(__file__).parent
TASKS = yaml.safe_load((HERE / "tasks.yml").read_text())
HARDEN = Path(sys.executable).parent / "harden"


def imported(folder: Path, text: str) -> tuple[list[Note], str]:
    (folder / "site.yml").write_text(text)
    turned = turn(folder / "site.yml", folder / "out/ours.yml")
    turned.write(folder / "out", force=False)
    return turned.notes.all, (folder / "out/ours.yml").read_text()


def play(task: Any, *, handler: bool) -> str:
    data: dict[str, Any] = {"hosts": "all", "handlers" if handler else "tasks": [task]}
    if handler:
        data["tasks"] = [{"apt": "name=x", "notify": "h"}]
    return yaml.safe_dump([data], sort_keys=False)


@pytest.mark.parametrize(
    "case", TASKS, ids=lambda case: re.sub(r"\W+", "-", str(case["task"]))[:60]
)
def test_task(case: dict[str, Any], tmp_path: Path) -> None:
    notes, text = imported(tmp_path, play(case["task"], handler=case.get("handler", False)))
    assert [note.what for note in notes if note.left] == (
        [note.what for note in notes if case["left"] in note.what] if "left" in case else []
    )
    differ = [note.what for note in notes if not note.left]
    assert len(differ) == len(case.get("differs", ()))
    assert all(part in what for part, what in zip(case.get("differs", ()), differ, strict=True))
    data = yaml.safe_load(text)[0]
    steps = data["handlers" if case.get("handler") else "steps"]
    assert steps == ([case["step"]] if "step" in case else [])
    assert "left" not in case or "# not turned: " in text
    read_playbook(tmp_path / "out/ours.yml")


def test_every_case_says_what_becomes_of_it() -> None:
    assert all(("step" in case) != ("left" in case) for case in TASKS)


STAT = """\
- hosts: all
  tasks:
    - stat: path=/x
      register: st
    - file: path=/x/y state=absent
      when: [st.stat.exists, "not st.stat.isdir"]
    - copy: {dest: /z, content: "{{ st.stat.isreg }} {{ st.stat.islnk }}"}
    - copy: {dest: /z, content: "{{ st.stat.size }}"}
    - uri: {url: "http://localhost/"}
      register: page
    - copy: {dest: /z, content: "{{ page.content }}"}
"""


def test_what_is_asked_of_a_stat_is_asked_of_a_command(tmp_path: Path) -> None:
    notes, text = imported(tmp_path, STAT)
    _, step, copied, _ = yaml.safe_load(text)[0]["steps"]
    assert step["when"] == ["(st.rc == 0)", "not (st.stdout == 'directory')"]
    content = "{{ st.stdout.startswith('regular') }} {{ (st.stdout == 'symbolic link') }}"
    assert copied["file"]["content"] == content
    left = [note.what for note in notes if note.left]
    assert left == [
        "it uses `st.stat.size`: of a `stat`, exists, isdir, isreg, islnk are known here",
        "it uses `page` of `uri`, a check here, which was not turned",
    ]


SITE = """\
# All of it

- hosts: web
  vars:
    on: yes  # always
    text: 'yes'
    secret: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      6162
  tasks:
    # First
    - name: One
      copy: {dest: /a, content: "#no comment\\n"}  # beside

    - ufw: # who
        rule: allow
      register: bob

    - name: Two
      file: {path: /b, state: absent}
      when: bob is changed
    - block:
        - file: {path: /c, state: absent}
          # within
          notify: gone
      rescue:
        - some.thing: {repo: x, dest: /y}
  # last
  handlers:
    - name: gone
      hostname: name=x
# The end
"""


def test_comments_order_and_what_is_left_stay(tmp_path: Path) -> None:
    notes, text = imported(tmp_path, SITE)
    assert text == (HERE / "site.yml").read_text()
    assert [(note.line, note.left) for note in notes] == [
        (15, True),
        (19, True),
        (27, True),
        (30, True),
        (23, True),
    ]
    read_playbook(tmp_path / "out/ours.yml")


def test_files_go_along_with_roles_and_includes(tmp_path: Path) -> None:
    for name, text in {
        "roles/web/tasks/main.yml": "- include_tasks: sub/more.yml\n  when: port == 80\n",
        "roles/web/tasks/sub/more.yml": "- template: src=site.j2 dest=/etc/site\n  notify: web reload\n",
        "roles/web/handlers/main.yml": "- {name: r, listen: web reload, service: name=web state=reloaded}\n",
        "roles/web/templates/site.j2": "{{ ansible_hostname }} {{ port }} {# ansible_x #}",
        "roles/web/files/raw": "{{ ansible_hostname }}",
        "roles/web/defaults/main.yml": "port: 80  # usual\non: yes\n",
        "roles/web/meta/main.yml": "dependencies: [{role: base, vars: {a: 1}}]\ngalaxy_info: {}\n",
        "roles/base/tasks/main.yml": "- command: 'true'\n  args: {creates: /x}\n",
        "tasks/last.yml": "- copy: src=own.conf dest=/etc/own\n",
        "own.conf": "own",
        "vars/more.yml": "flag: no\n",
        "group_vars/all.yml": "port: 80\n",
        "other.yml": "- {hosts: all, tasks: [{apt: name=x}]}\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    notes, text = imported(
        tmp_path,
        "- import_playbook: other.yml\n- hosts: all\n  vars_files: [vars/more.yml]\n"
        "  vars_prompt: [{name: a, default: 1, private: no}]\n"
        "  pre_tasks: [{apt: name=x}]\n  roles: [{role: web, port: 8080}]\n"
        "  post_tasks: [{include_tasks: tasks/last.yml}]\n",
    )
    assert not [note for note in notes if note.left]
    out = tmp_path / "out"
    assert yaml.safe_load(text)[1]["steps"] == [
        {"package": {"name": "x"}}, {"role": "web", "vars": {"port": 8080}}, {"include": "tasks/last.yml"}
    ]  # fmt: skip
    assert yaml.safe_load(text)[1]["vars_prompt"] == [
        {"name": "a", "default": "1", "private": False}
    ]
    assert len(read_playbook(out / "ours.yml").plays[1].steps) == 4
    assert (
        out / "roles/web/templates/site.j2"
    ).read_text() == "{{ facts.network.hostname }} {{ port }} {# ansible_x #}"
    assert (out / "roles/web/files/raw").read_text() == "{{ ansible_hostname }}"
    assert (out / "roles/web/defaults/main.yml").read_text() == "# usual\nport: 80\n'on': true\n"
    assert (out / "vars/more.yml").read_text() == "flag: false\n"
    assert (out / "group_vars/all.yml").read_text() == "port: 80\n"
    assert (out / "own.conf").read_text() == "own"


LATE = {
    "roles/app/tasks/main.yml": """\
- include_tasks: "setup-{{ ansible_os_family }}.yml"
- include_tasks: "{{ item }}"
  with_first_found: ["{{ ansible_distribution }}.yml", default.yml]
- include_tasks: "{{ role_path }}/tasks/site.yml"
  loop: [a, b]
- apt: update_cache=yes cache_valid_time=3600
- apt: name=nginx
""",
    "roles/app/tasks/setup-Debian.yml": "- apt: name=x\n",
    "roles/app/tasks/setup-RedHat.yml": "- dnf: name=x\n",
    "roles/app/tasks/default.yml": "- apt: name=y\n",
    "roles/app/tasks/site.yml": "- file: path=/{{ item }} state=directory\n",
    "roles/app/vars/Debian.yml": "a: {b: 1}\n",
    "site.yml": "- {hosts: all, tasks: [{include_role: {name: '{{ item }}'}, loop: [app]}]}\n",
}


def test_what_a_name_may_mean_goes_along(tmp_path: Path) -> None:
    for name, text in LATE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    notes, text = imported(tmp_path, LATE["site.yml"])
    role = tmp_path / "out/roles/app"
    family = "{{ {'redhat': 'RedHat'}.get(facts.os.family, facts.os.family | capitalize) }}"
    steps = yaml.safe_load((role / "steps/main.yml").read_text())
    assert [note.what for note in notes if note.left] == []
    assert yaml.safe_load(text)[0]["steps"] == [{"role": "{{ item }}", "loop": ["app"]}]
    assert steps.pop(1)["include"][1:] == ["default.yml"]
    assert steps == [
        {"include": f"setup-{family}.yml"},
        {"include": "site.yml", "loop": ["a", "b"]},
        {"package": {"name": "nginx", "update_cache": True, "cache_valid_time": 3600}},
    ]
    assert (role / "steps/setup-RedHat.yml").is_file()
    assert (role / "vars/Debian.yml").read_text() == "a:\n  b: 1\n"
    assert run(tmp_path, "site.yml", "-o", "again/site.yml").returncode == 0
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=ubuntu\nID_LIKE=debian\n")
    applied = subprocess.run([HARDEN, "apply", tmp_path / "out/ours.yml", "--root", tmp_path, "--dry-run"],
                             check=False, capture_output=True, text=True, timeout=60)  # fmt: skip
    assert "no package manager" in applied.stdout + applied.stderr


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [HARDEN, "import", *words],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("- hosts: all\n  tasks:\n    - file: path=/x state=absent\n")
    (tmp_path / "ours.yml").write_text("mine")
    refused = run(tmp_path, "site.yml", "-o", "ours.yml")
    assert (refused.returncode, (tmp_path / "ours.yml").read_text()) == (64, "mine")
    assert run(tmp_path, "site.yml", "-o", "site.yml", "--force").returncode == 64
    assert run(tmp_path, "site.yml", "-o", "ours.yml", "--force").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours.yml", "site.yml"]


def test_roles_need_a_folder_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "roles/web/tasks").mkdir(parents=True)
    (tmp_path / "roles/web/tasks/main.yml").write_text("- file: path=/x state=absent\n")
    (tmp_path / "site.yml").write_text("- {hosts: all, roles: [web]}\n")
    refused = run(tmp_path, "site.yml", "-o", "ours.yml")
    assert refused.returncode == 64 and "-o in a folder of its own" in refused.stderr
    assert not (tmp_path / "ours.yml").exists()


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- *a",
        "x",
        "- &a [*a]",
        "[1]",
        "- hosts: all\n  tasks: {a: 1}",
        "",
        "- hosts: all\n  tasks: [1, {block: 3}]",
    ],
)
def test_no_playbook_no_traceback(text: str, tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(text)
    done = run(tmp_path, "site.yml", "-o", "ours.yml")
    assert done.returncode in (6, 64), done
    assert "Traceback" not in done.stderr


def test_a_strategy_that_we_have_is_kept(tmp_path: Path) -> None:
    plays = "".join(f"- {{hosts: all, strategy: {word}, tasks: []}}\n" for word in STRATEGIES)
    notes, text = imported(tmp_path, plays)
    assert [each.get("strategy") for each in yaml.safe_load(text)] == ["linear", "free", None]
    (note,) = notes
    assert note.what == "`strategy` is left out: each host works on by itself, as with `free`"


STRATEGIES = ("linear", "free", "host_pinned")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("r.results[0].ansible_loop_var", "r.results[0].ansible_loop_var"),
        ("r['ansible_loop_var'] ~ ansible_hostname", "r['ansible_loop_var'] ~ facts.network.hostname"),
        ("r.ansible_facts.services", "r.ansible_facts.services"),
        ("'ansible_hostname' in names", "'ansible_hostname' in names"),
        ("hostvars[h].ansible_hostname", "hostvars[h].facts.network.hostname"),
        ("hostvars[groups['db'][0]]['ansible_hostname']", "hostvars[groups['db'][0]].facts.network.hostname"),
        ("hostvars.a.ansible_facts['kernel']", "hostvars.a.facts.os.kernel"),
        ("hostvars[h]['ansible_facts']['kernel']", "hostvars[h].facts.os.kernel"),
        ("hostvars[h]['ansible_host']", "hostvars[h]['ansible_host']"),
        ("hostvars[h].ansible_os_family == 'RedHat'", "hostvars[h].facts.os.family == 'redhat'"),
        ("hostvars[h].ansible_os_family", None),
        ("hostvars[h].ansible_memtotal_mb", None),
        ("hostvars[h]['ansible_eth0']", None),
    ],
)  # fmt: skip
def test_which_names_are_facts(theirs: str, ours: str | None) -> None:
    """What is an attribute of a result, or text, keeps its name."""
    if ours is None:
        with pytest.raises(Left):
            expression(theirs)
    else:
        assert expression(theirs) == ours


FLAGS = """\
- hosts: all
  any_errors_fatal: "{{ fatal | default(false) }}"
  become: "{{ ansible_user_uid != 0 }}"
  vars: {mode: 0640, count: 10, uid: 08}
  environment: "{{ proxy }}"
  tasks:
    - file: {path: "/srv/{{ item.name }}", state: directory, mode: "{{ item.mode | default(mode) }}"}
      with_items: [{name: a, mode: 0700}, {name: b}]
"""


def test_flags_and_environments_may_be_templates_and_modes_stay_octal(tmp_path: Path) -> None:
    notes, text = imported(tmp_path, FLAGS)
    (play,) = yaml.safe_load(text)
    assert [note.what for note in notes if note.left] == []
    assert play["any_errors_fatal"] == "{{ fatal | default(false) }}"
    assert play["become"] == "{{ facts.system.uid != 0 }}"
    assert play["environment"] == "{{ proxy }}"
    assert play["vars"] == {"mode": "0640", "count": 10, "uid": "08"}
    assert play["steps"][0]["loop"] == [{"name": "a", "mode": "0700"}, {"name": "b"}]


OF_A_ROLE = """\
allow_duplicates: true
dependencies:
  - {role: base, port: 80, tags: "a, b"}
  - {src: base, version: v1.0, when: ansible_os_family == 'Debian'}
  - base
"""


def test_what_a_role_needs_is_turned_as_a_role_of_a_play_is(tmp_path: Path) -> None:
    for role in ("web", "base"):
        (tmp_path / "roles" / role / "tasks").mkdir(parents=True)
        (tmp_path / "roles" / role / "tasks/main.yml").write_text("- group: {name: x}\n")
    (tmp_path / "roles/web/meta").mkdir()
    (tmp_path / "roles/web/meta/main.yml").write_text(OF_A_ROLE)
    notes, _ = imported(
        tmp_path, "- hosts: all\n  pre_tasks: [{group: {name: y}}]\n  roles: [web]\n"
    )
    meta = yaml.safe_load((tmp_path / "out/roles/web/meta/main.yml").read_text())
    assert meta == {
        "allow_duplicates": True,
        "dependencies": [
            {"role": "base", "tags": ["a", "b"], "vars": {"port": 80}},
            {"role": "base", "when": "facts.os.family == 'debian'"},
            {"role": "base"},
        ],
    }
    assert [note.what for note in notes if "among the steps, behind `pre_tasks`" in note.what]
    read_playbook(tmp_path / "out/ours.yml")
