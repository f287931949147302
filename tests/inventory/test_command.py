"""`harden inventory`, its example and its schema."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from hardener.cli.inventory import command
from hardener.errors import UsageError
from hardener.inventory import load, schema

ROOT = Path(__file__).parents[2]
EXAMPLE = str(ROOT / "inventory.example.yml")


def run(*arguments):
    return CliRunner().invoke(command, arguments, catch_exceptions=False).stdout


def test_list():
    document = json.loads(run("-i", EXAMPLE, "--list"))
    assert document["prod"] == {"children": ["droplets", "web"]}
    assert document["_meta"]["hostvars"]["trading-2"]["port"] == 2022


def test_graph_of_a_group():
    expected = "@droplets:\n  |--trading-1\n  |--trading-2\n"
    assert run("-i", EXAMPLE, "--graph", "droplets") == expected


def test_host():
    assert json.loads(run("-i", EXAMPLE, "--host", "trading-1"))["address"] == "203.0.113.10"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--list", "--host", "x"], "one of --list, --graph and --host NAME is needed"),
        ([], "one of --list, --graph and --host NAME is needed"),
        (["--host", "trading1"], "did you mean `trading-1`?"),
        (["--list", "--vars"], "--vars goes with --graph"),
        (["--graph", "droplet"], "did you mean `droplets`?"),
    ],
)
def test_usage(arguments, says):
    with pytest.raises(UsageError) as error:
        run("-i", EXAMPLE, *arguments)
    assert says in str(error.value)


def test_the_schema_is_current():
    text = (ROOT / "schemas/inventory.json").read_text()
    assert json.loads(text) == schema.build()


def test_the_example_fits_the_schema():
    data = yaml.safe_load(Path(EXAMPLE).read_text())
    jsonschema.Draft202012Validator.check_schema(schema.build())
    jsonschema.validate(data, schema.build())
    data["web"] = {"host": {}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema.build())


def test_the_example_has_connections_that_make_sense():
    inventory = load([EXAMPLE])
    assert inventory.warnings == ()
    assert [host.connection.port for host in inventory.select("droplets")] == [None, 2022]


def test_the_inventory_needs_no_jinja():
    code = "import sys, hardener.inventory; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_many_hosts_are_quick(tmp_path):
    """A thousand hosts in twenty groups: no loop over all hosts for each host."""
    hosts = "".join(f"[g{n}]\nh[0001:1000]\n" for n in range(20))
    (tmp_path / "hosts").write_text(hosts)
    inventory = load([str(tmp_path / "hosts")])
    assert len(inventory.select("g1:&g2")) == 1000
