"""Who types the name of an Ansible module is told our word for it, by the words that are shipped."""

import re
from pathlib import Path

import pytest

from hardener.errors import Problem, UsageError
from hardener.playbook.load import parse
from hardener.playbook.modules import MODULES
from hardener.playbook.reader import Reader
from hardener.playbook.schemas import shipped
from hardener.playbook.validate import validate

STEPS = {
    "copy": "file",
    "template": "file",
    "lineinfile": "line",
    "blockinfile": "block",
    "ini_file": "ini",
    "apt": "package",
    "dnf": "package",
    "yum": "package",
    "systemd": "service",
    "systemd_service": "service",
    "shell": "command",
    "supervisorctl": "supervisor",
    "postgresql_idx": "indexes",
}


def said_of(name: str) -> tuple[str, str]:
    only = mistake(f"- hosts: all\n  steps:\n    - {name}: {{}}\n")
    return only.what, only.hint


def mistake(text: str) -> Problem:
    reader = Reader()
    (only,) = validate(reader.plays(parse(text, "x.yml")), reader, shipped())
    return only


@pytest.mark.parametrize("form", ["{}", "ansible.builtin.{}", "community.general.{}"])
@pytest.mark.parametrize("name", STEPS)
def test_a_module_is_told_as_our_step(name: str, form: str) -> None:
    key = form.format(name)
    assert said_of(key) == (f"`{key}` is not a step type", f"did you mean `{STEPS[name]}`?")


@pytest.mark.parametrize("name", ["uri", "ansible.builtin.uri"])
def test_a_module_that_asks_is_told_as_our_check(name: str) -> None:
    assert said_of(name)[1] == "did you mean the check `http`, below `verify:`?"


@pytest.mark.parametrize("form", ["{}", "ansible.builtin.{}"])
@pytest.mark.parametrize(
    ("name", "ours"),
    [("include_role", "role"), ("import_role", "role"), ("include_tasks", "include")],
)
def test_a_word_that_brings_steps_is_told_as_ours(name: str, ours: str, form: str) -> None:
    assert said_of(form.format(name))[1] == f"did you mean `{ours}`?"


@pytest.mark.parametrize("form", ["{}", "ansible.builtin.{}", "community.general.{}"])
@pytest.mark.parametrize("name", [*(MODULES.keys() - shipped().envelope["step"].data["synonyms"])])
def test_a_module_without_a_step_type_is_told_what_to_write_instead(name: str, form: str) -> None:
    key = form.format(name)
    assert said_of(key) == (f"`{key}` is not a step type", MODULES[name])


def test_who_sets_facts_or_prints_is_told_the_same_as_by_the_docs() -> None:
    """Both are left out on purpose: variables are worked out where they are used."""
    page = (Path(__file__).parents[2] / "docs/from-ansible.md").read_text()
    for name in ("set_fact", "debug", "fail"):
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
        assert all(
            word in row.replace("\\|", "|") for word in re.findall(r"`[^`]+`", MODULES[name])
        ), row


def test_what_does_not_exist_yet_is_called_so() -> None:
    only = mistake(
        "- {hosts: all, order: sorted, steps: [{command: {cmd: 'true', irreversible: true}}]}\n"
    )
    assert only.what == "`order`: this version does not put hosts in another order yet"


def test_a_parameter_that_stands_beside_its_step_is_no_module() -> None:
    text = "- hosts: all\n  steps:\n    - file: {path: /x}\n      group: root\n"
    assert mistake(text).hint == "it is a parameter of `file`: indent it below `file:`"


@pytest.mark.parametrize(
    ("step", "advice"),
    [
        ("file: {dest: /x}", ["write `path`"]),
        ("block: {path: /x, id: a, block: b}", ["write `content`"]),
        ("ini: {path: /x, section: a, option: b, value: c}", ["write `set: {SECTION: {OPTION: VALUE}}`"] * 3),
        ("package: {name: x, state: installed}", ["write `present`"]),
        ("package: name=x state=present", ["write package: {name: x, state: present}"]),
        ("file: path=/x state=absent", ["write file: {path: /x, state: absent}"]),
        ("file: mode=a /x", ["write file: {path: …}"]),
        ("mount: {path: /x, src: /y, fstype: ext4, state: mountd}", ["did you mean `mounted`?"]),
        ("assert: {that: x}", [MODULES["assert"]]),
        ('firewall: {allow: [{port: "80,443"}]}', [""]),
    ],
)  # fmt: skip
def test_parameters_as_ansible_has_them(step: str, advice: list[str]) -> None:
    """One entry for each mistake, with what to write here; what follows from it is not told beside it."""
    reader = Reader()
    plays = reader.plays(parse(f"- hosts: all\n  steps:\n    - {step}\n", "x.yml"))
    assert [each.hint for each in validate(plays, reader, shipped())] == advice


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("lineinfile", "did you mean `line`?"),
        ("ansible.builtin.copy", "did you mean `file`?"),
        ("uri", "did you mean `http`?"),
        ("ufw", MODULES["ufw"]),
        ("swapfil", "did you mean `swapfile`?"),
        ("loop", "`harden doc` lists all there are"),
    ],
)
def test_who_looks_up_a_module_is_told_our_page(name: str, advice: str) -> None:
    with pytest.raises(UsageError) as told:
        shipped().find(name)
    assert told.value.hint == advice
