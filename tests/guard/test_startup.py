"""`harden --help` answers at once: what costs time to import is imported by those who use it."""

import subprocess
import sys
from pathlib import Path

import pytest

COSTLY = {"asyncio", "cryptography", "jinja2", "jsonschema", "paramiko", "pygments", "rich", "yaml"}
PLAY = """\
- hosts: all
  vars: {closed: !vault never opened}
  steps:
    - file: {path: /x, content: x}
"""
LOADED = """
import sys
from hardener.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def loaded(*words: str) -> set[str]:
    """Return the modules that a command has loaded when it ends."""
    command = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("words", ["--help", "--version"])
def test_nothing_costly(words: str) -> None:
    assert not loaded(words) & COSTLY


def test_validate_needs_no_connection() -> None:
    assert not loaded("validate", "playbooks/droplet.yml") & {"paramiko", "cryptography"}


def test_vaults_cost_only_those_who_open_one(tmp_path: Path) -> None:
    play = tmp_path / "play.yml"
    play.write_text(PLAY)
    assert not loaded("apply", str(play), "--root", str(tmp_path)) & {"cryptography"}
    (tmp_path / "pw").write_text("x")
    words = ("vault", "encrypt", "--vault-password-file", str(tmp_path / "pw"), "--output", "-")
    assert "cryptography" in loaded(*words, str(play))
