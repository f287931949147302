"""Patterns, as data: patterns.yml."""

from pathlib import Path

import pytest
import yaml

from hardener.errors import UsageError
from hardener.inventory import load

HERE = Path(__file__).parent
DATA = yaml.safe_load((HERE / "patterns.yml").read_text())


@pytest.fixture
def inventory(monkeypatch):
    monkeypatch.chdir(HERE)
    return load([DATA["inventory"]])


@pytest.mark.parametrize("pattern", DATA["hosts"])
def test_hosts(inventory, pattern):
    assert [host.name for host in inventory.select(pattern)] == DATA["hosts"][pattern]


@pytest.mark.parametrize("pattern", DATA["errors"])
def test_errors(inventory, pattern):
    with pytest.raises(UsageError) as error:
        inventory.select(pattern)
    assert str(error.value) == DATA["errors"][pattern]


def test_a_limit_keeps_the_order_of_the_pattern(inventory):
    hosts = inventory.select("db,web", limit="web1,db2,lone")
    assert [host.name for host in hosts] == ["db2", "web1"]


def test_without_an_inventory_there_is_localhost():
    (host,) = load([]).select("localhost")
    assert host.connection.kind == "local"
    assert load([]).select("all") == ()
    with pytest.raises(UsageError, match="give one with -i"):
        load([]).select("web")
