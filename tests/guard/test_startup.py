"""`harden --help` answers at once: what costs time to import is imported by those who use it."""

import subprocess
import sys
from pathlib import Path

import pytest
from tree import lay

COSTLY = {"asyncio", "cryptography", "jinja2", "jsonschema", "paramiko", "pygments", "rich", "yaml"}
PLAY = """\
- hosts: all
  vars: {closed: !vault never opened}
  steps:
    - file: {path: /x, content: x}
"""
LOADED = """
import sys
from hardener.cli import run
try:
    run()
finally:
    print(*sys.modules, file=sys.stderr)
"""

ROOT = Path(__file__).resolve().parents[2]


def loaded(*words: str) -> set[str]:
    """Return the modules that a command has loaded when it ends."""
    command = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("words", ["--help", "--version"])
def test_nothing_costly(words: str) -> None:
    assert not loaded(words) & COSTLY


LOOKING = {
    *(
        "asyncio",
        "configparser",
        "cryptography",
        "difflib",
        "jsonschema",
        "paramiko",
        "pygments",
        "rich",
    )
}


@pytest.mark.parametrize(
    ("words", "idle"),
    [
        (("validate", "playbooks/droplet.yml"), LOOKING | {"jinja2"}),
        (("apply", "{root}/play.yml", "--dry-run", "--root", "{root}"), LOOKING | {"jinja2"}),
        (("facts", "--root", "{root}"), LOOKING),
        (("doc", "swapfile"), LOOKING - {"rich"} | {"jinja2"}),
        (("schema",), LOOKING | {"jinja2"}),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_what_a_command_does_not_use(
    words: tuple[str, ...], idle: set[str], tmp_path: Path
) -> None:
    lay(tmp_path / "root", {"/play.yml": PLAY})
    given = [word.format(root=tmp_path / "root") for word in words]
    assert not loaded(*given) & idle


def test_vaults_cost_only_those_who_open_one(tmp_path: Path) -> None:
    play = tmp_path / "play.yml"
    play.write_text(PLAY)
    assert not loaded("apply", str(play), "--root", str(tmp_path)) & {"cryptography"}
    (tmp_path / "pw").write_text("x")
    words = ("vault", "encrypt", "--vault-password-file", str(tmp_path / "pw"), "--output", "-")
    assert "cryptography" in loaded(*words, str(play))
