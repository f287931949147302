"""What `register` really keeps is what the schemas say: schemas/results.json, and `returns` of each type."""

import json
import subprocess
from pathlib import Path
from typing import Any

import needs
import pytest
from played import Played

from hardener.playbook.results import common
from hardener.playbook.schemas import language

PLAY = """
- hosts: all
  steps:
    - {%s, register: out}
    - file: {path: "{{ here }}/told", content: "{{ out%s | to_json }}"}
"""
ALWAYS = {"changed", "failed", "skipped", "unknown", "status"}
OUTPUT = {"rc", "stdout", "stdout_lines", "stderr", "stderr_lines"}
RAN = r"""command: {cmd: 'printf "one\ntwo\r\n"; echo no >&2; %s', query: true}"""
GIT = "git: {repo: '{{ here }}/remote', dest: '{{ here }}/tree'}"
CASES = {
    RAN % "true": OUTPUT,
    RAN % "exit 3" + ", ignore_errors: true": OUTPUT | {"msg", "why"},
    RAN % "true" + ", until: out.rc == 0, retries: 2": OUTPUT | {"attempts"},
    "command: {cmd: 'true', query: true, creates: /etc}": {"spared"},
    RAN % "true" + ", when: false": set(),
    "file: {path: '{{ here }}/a', content: a}": set(),
    GIT: {"before", "after", "branch"},
    "git_maintenance: {repo: '{{ here }}/remote'}": {"big", "loose", "packs"},
    "port: {port: 1, state: closed}": {"listeners"},
}


@pytest.fixture
def host(tmp_path: Path) -> Played:
    needs.program("git")
    own = ["-c", "user.name=x", "-c", "user.email=x@y", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        (tmp_path / "remote").mkdir(exist_ok=True)
        subprocess.run(["git", *own, *words], cwd=tmp_path / "remote", check=True)
    return Played(tmp_path)


def told(host: Played, step: str, of: str = "") -> Any:
    assert host.do(PLAY % (step, of)) == "changed", host.errors()
    return json.loads(host.text("told") or "")


@pytest.mark.parametrize("step", CASES)
def test_of_a_step(host: Played, step: str) -> None:
    assert set(told(host, step, " | list")) == CASES[step] | ALWAYS
    returns = language().schema("step", step.partition(":")[0]).data["returns"]
    assert CASES[step] <= {*returns, *common()["every"]}


def test_no_word_of_the_schemas_is_left_out() -> None:
    """Those of other types are in tests/steps."""
    types = {step.partition(":")[0] for step in CASES}
    returns = {name for type in types for name in language().schema("step", type).data["returns"]}
    assert set().union(*CASES.values(), ALWAYS) == returns | common()["every"].keys()


def test_of_a_loop(host: Played) -> None:
    found = told(host, RAN % "true" + ", loop: [a], loop_control: {index_var: n}")
    assert found.keys() == common()["loop"].keys()
    assert found["results"][0].keys() - ALWAYS - OUTPUT == {*common()["item"], "n"}
    found = told(host, RAN % "true" + ", loop: [], loop_control: {loop_var: one}")
    assert found.keys() == common()["loop"].keys()


def test_lines(host: Played) -> None:
    """As Ansible has them: what ends the output is not in it."""
    found = told(host, RAN % "true")
    assert (found["stdout"], found["stdout_lines"]) == ("one\ntwo", ["one", "two"])
    assert found["stderr_lines"] == ["no"]
    assert told(host, "command: {cmd: 'true', query: true}")["stdout_lines"] == []
