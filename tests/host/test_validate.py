"""A `validate` command is run for real: its words are parted as in a shell, its no is a no."""

from pathlib import Path

import pytest
from played import Played

STEP = """
- name: x
  hosts: all
  steps:
    - file: {{path: "{{{{ here }}}}/x", content: "a b\\n", validate: '{}'}}
"""


@pytest.fixture
def host(tmp_path: Path) -> Played:
    return Played(tmp_path)


@pytest.mark.parametrize(
    "command", ['grep -q "a b" %s', r"grep -q a\ b %s", 'sh -c "grep -q \\"a b\\" %s && true"']
)
def test_quoted_words(host: Played, command: str) -> None:
    assert host.do(STEP.format(command)) == "changed", host.errors()
    assert host.text("x") == "a b\n"


def test_no_is_no(host: Played) -> None:
    assert host.do(STEP.format('grep -q "b a" %s'), dry_run=True) == "refused"
    assert "grep refuses the new" in host.errors()
    assert host.text("x") is None


def test_a_validator_that_is_not_there(host: Played) -> None:
    assert host.do(STEP.format("not-there-at-all %s"), dry_run=True) == "refused"
    assert "not-there-at-all is not there" in host.errors()
