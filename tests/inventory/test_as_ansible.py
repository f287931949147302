"""The expected outputs are those of the ansible-inventory that is installed for the tests."""

import importlib.util
import json
from pathlib import Path

import needs
import pytest
import yaml

HERE = Path(__file__).parent


def _module(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ansible = _module("ansible")
PATTERNS = yaml.safe_load((HERE / "patterns.yml").read_text())


@pytest.fixture(autouse=True)
def installed():
    if not ansible.program("ansible-inventory").exists():
        needs.missing("needs ansible-core: python tests/inventory/ansible.py installs it")


@pytest.mark.parametrize("name", ansible.cases())
def test_expected_outputs_are_ansibles(name):
    case = ansible.cases()[name]
    assert json.loads((ansible.SOURCES / f"{name}.json").read_text()) == ansible.listed(case)
    graph = (ansible.SOURCES / f"{name}.txt").read_text()
    assert graph == ansible.inventory(case, "--graph")
    drawn = (ansible.SOURCES / f"{name}.vars.txt").read_text()
    assert drawn == ansible.inventory(case, "--graph", "--vars")


def test_patterns_are_ansibles():
    ours = {key: hosts for key, hosts in PATTERNS["hosts"].items() if "@" not in key}
    assert ansible.selected(HERE / PATTERNS["inventory"], list(ours)) == ours
