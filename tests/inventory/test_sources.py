"""Each source gives what ansible-inventory gave for it."""

import json
from pathlib import Path

import pytest
import yaml

from hardener.inventory import load
from hardener.inventory.show import as_graph, as_list

SOURCES = Path(__file__).parent / "sources"
CASES = yaml.safe_load((SOURCES / "cases.yml").read_text())


@pytest.fixture(params=CASES)
def case(request, monkeypatch):
    monkeypatch.chdir(SOURCES)
    play = CASES[request.param].get("playbook_dir")
    sources = CASES[request.param]["sources"]
    return SOURCES / request.param, load(sources, playbook_dir=Path(play) if play else None)


def test_list(case):
    expected, inventory = case
    ours = json.loads(json.dumps(as_list(inventory)))
    assert ours == json.loads(expected.with_suffix(".json").read_text())


def test_graph(case):
    expected, inventory = case
    assert as_graph(inventory).strip() == expected.with_suffix(".txt").read_text().strip()
