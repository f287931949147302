"""Each source gives what ansible-inventory gave for it."""

import json
from pathlib import Path

import pytest
import yaml

from hardener.errors import PlaybookError
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


def test_graph_with_variables(case):
    expected, inventory = case
    drawn = expected.with_suffix(".vars.txt").read_text().strip()
    assert as_graph(inventory, variables=True).strip() == drawn


def test_a_graph_tells_nothing_of_a_vault(tmp_path):
    vaulted = "{hosts: {a: {x: !vault '$ANSIBLE_VAULT;1.1;AES256\n  6162\n'}}}"
    (tmp_path / "hosts.yml").write_text(f"all: {vaulted}\n")
    drawn = as_graph(load([str(tmp_path / "hosts.yml")]), variables=True)
    assert "{x = ********}" in drawn


def test_a_folder_of_variables_that_can_not_be_read_is_said(tmp_path):
    (tmp_path / "hosts.yml").write_text("all: {hosts: {a: }}\n")
    (tmp_path / "host_vars").symlink_to("host_vars")
    with pytest.raises(PlaybookError, match="host_vars:1:1: cannot be read: .*symbolic links"):
        load([str(tmp_path / "hosts.yml")])
