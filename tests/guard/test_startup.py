"""`harden --help` answers at once: what costs time to import is imported by those who use it."""

import subprocess
import sys

import pytest

COSTLY = {"asyncio", "cryptography", "jinja2", "jsonschema", "paramiko", "pygments", "rich", "yaml"}
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
