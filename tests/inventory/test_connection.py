"""The connection that variables give, as data: connection.yml."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from hardener.errors import HardenerError
from hardener.inventory import Connection, Host

DATA = yaml.safe_load((Path(__file__).parent / "connection.yml").read_text())


@pytest.mark.parametrize("case", DATA["gives"], ids=lambda case: str(case["vars"]))
def test_gives(case):
    expected = dataclasses.asdict(Connection("web1")) | case["is"]
    found = dataclasses.asdict(Host("web1", case["vars"]).connection)
    found["ssh_args"], expected["ssh_args"] = list(found["ssh_args"]), list(expected["ssh_args"])
    assert found == expected


@pytest.mark.parametrize("case", DATA["errors"], ids=lambda case: str(case["vars"]))
def test_errors(case):
    with pytest.raises(HardenerError) as error:
        _ = Host("web1", case["vars"]).connection
    assert str(error.value) == case["says"]


def test_an_error_names_the_place():
    host = Host("web1", {"port": "x"}, {"port": "hosts.yml:3:5"})
    with pytest.raises(HardenerError, match=r"^hosts\.yml:3:5: web1: port must"):
        _ = host.connection


def test_passwords_are_not_shown():
    shown = repr(Host("web1", {"ansible_password": "s3cret"}).connection)
    assert "s3cret" not in shown
