"""Filters, tests and lookups: what the real Ansible gives, and what we do, is the same to the character."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import needs
import pytest
import yaml
from real_ansible import ansible

from hardener.errors import HardenerError
from hardener.render import Renderer

TABLE = yaml.safe_load((Path(__file__).parent / "expressions.yml").read_text())
SAME, DIFFER = TABLE["same"], TABLE["differ"]

ASK = """
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display
Display().verbosity = -1
loader = DataLoader()
loader.set_basedir(".")
given = json.load(sys.stdin)
templar = Templar(loader, variables=given["vars"])
found = {}
for each in given["expressions"]:
    try:
        found[each] = json.dumps(templar.template(trust_as_template("{{ " + each + " }}")))
    except Exception as error:
        found[each] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("beside")
    for name, text in TABLE["files"].items():
        (found / name).write_text(text)
    return found


@pytest.fixture(scope="module")
def theirs(folder: Path) -> dict[str, str]:
    """All in one process: each start of Ansible takes a second."""
    if not ansible.program("python").exists():
        needs.missing("needs ansible: python tests/inventory/ansible.py installs it")
    asked = {"vars": TABLE["vars"], "expressions": [*SAME, *(each for each, *_ in DIFFER)]}
    own = {"NAME_FOR_TESTS": "a value", "ANSIBLE_CONFIG": "/nonexistent.cfg", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [ansible.program("python"), "-c", ASK], input=json.dumps(asked), cwd=folder, text=True,
        env={**own, "PATH": os.environ["PATH"], "HOME": "/root"}, capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def ours(folder: Path, expression: str) -> str:
    renderer = Renderer(TABLE["vars"], [folder])
    return json.dumps(renderer.value("{{ " + expression + " }}"))


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME_FOR_TESTS", "a value")
    monkeypatch.setenv("HOME", "/root")


@pytest.mark.parametrize("expression", SAME)
def test_the_same_as_ansible(expression: str, folder: Path, theirs: dict[str, str]) -> None:
    assert ours(folder, expression) == theirs[expression]


@pytest.mark.parametrize(("expression", "gives", "instead"), DIFFER)
def test_what_differs_does_so_as_is_told(
    expression: str, gives: Any, instead: Any, folder: Path, theirs: dict[str, str]
) -> None:
    assert theirs[expression] == json.dumps(gives)
    try:
        found = json.loads(ours(folder, expression))
    except HardenerError as error:
        found = str(error)
    if str(instead).endswith("!"):
        assert found.startswith(instead.removesuffix("!"))
    else:
        assert found == instead
