"""The real ansible-playbook and harden do the same by the same words: words/, in which only these differ.

What is done appends to a log, so order counts, and how often. Ours runs where its state is its own.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import needs
import pytest
from ansible.test_same import ansible

HERE = Path(__file__).parent / "words"
OURS = {
    r"\btasks:": "steps:",
    r"(?m)^  gather_facts: false$": "  gather_facts: false\n  on_failure: keep",
    r"\bshell: \{(.*)\}": r"command: {\1, irreversible: true}",
    r"\bcopy: \{dest:": "file: {path:",
    r"\btemplate: \{src: (\S+), dest: (.*)\}": r"file: {path: \2, template: \1}",
    r"\b(import|include)_tasks:": "include:",
    r"\binclude_role: \{name: (\w+)\}": r"role: \1",
}
"""Our words for theirs."""
APART = 'mount -t tmpfs none /var/lib && exec "$@"'
CHOICES = (
    *("--tags one", "--tags other,never", "--tags tagged --skip-tags one", "--tags all,two"),
    *("--tags tagged", "--tags untagged", "--skip-tags tagged", "--skip-tags untagged"),
    *("--skip-tags all", "--skip-tags always,two"),
)
SHARED = {"LC_ALL": "C.UTF-8", "ANSIBLE_CONFIG": "/nonexistent.cfg", "ANSIBLE_PIPELINING": "1"}


def project(folder: Path, out: Path, words: dict[str, str]) -> Path:
    """Write the playbook with its files for one of both."""
    shutil.copytree(HERE, folder)
    out.mkdir()
    for path in folder.rglob("*.yml"):
        text = path.read_text().replace("@OUT@", str(out))
        for theirs, ours in words.items():
            text = re.sub(theirs, ours, text)
        path.write_text(text)
    return folder


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """The folders of the two playbooks; beside each is what it has written."""
    needs.root()
    if not ansible.program("ansible-playbook").exists():
        needs.missing("needs ansible: python tests/inventory/ansible.py installs it")
    theirs = project(tmp_path / "theirs", tmp_path / "theirs.out", {})
    return theirs, project(tmp_path / "ours", tmp_path / "ours.out", OURS)


def apply_both(both: tuple[Path, Path], playbook: str, *options: str, fails: bool = False) -> str:
    theirs, ours = both
    own = {"HOME": str(theirs.parent), **SHARED}
    python = f"ansible_python_interpreter={ansible.program('python')}"
    words = [ansible.program("ansible-playbook"), theirs / playbook, "-e", python]
    here = [] if "-i" in options else ["-i", "localhost,", "-c", "local"]
    said = ended([*words, *here, *options], own, theirs, fails)
    harden = [Path(sys.executable).parent / "harden", "apply", ours / playbook, "--yes"]
    ended(["unshare", "-m", "sh", "-c", APART, "sh", *harden, *options], own, ours, fails)
    return said


def ended(words: list[Any], own: dict[str, str], folder: Path, fails: bool) -> str:
    """Run one of both to its end, good or bad as expected."""
    environment = {"PATH": os.environ["PATH"], **own}
    done = subprocess.run(
        words, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout


def written(folder: Path) -> dict[str, str]:
    out = folder.with_suffix(".out")
    return {str(each.relative_to(out)): each.read_text() for each in sorted(out.rglob("*"))}


def test_the_same_words_do_the_same(both: tuple[Path, Path]) -> None:
    assert "failed=0" in apply_both(both, "site.yml")
    theirs, ours = map(written, both)
    assert len(theirs["log"].splitlines()) > 25
    assert "never" not in theirs["log"]
    assert ours == theirs


@pytest.mark.parametrize("options", CHOICES)
def test_tags_choose_the_same(both: tuple[Path, Path], options: str) -> None:
    apply_both(both, "chosen.yml", *options.split())
    theirs, ours = map(written, both)
    assert theirs["tagged"]
    assert ours == theirs


def test_several_hosts_do_the_same(both: tuple[Path, Path]) -> None:
    """`serial`, `run_once`, `delegate_to`, `become_user`, `environment`, hosts that break, `any_errors_fatal`."""
    apply_both(both, "fleet.yml", "-i", "hosts.yml", fails=True)
    theirs, ours = map(written, both)
    assert theirs["log"].splitlines() == ["once a play", "once c play"]
    lines = {name: len(theirs[f"log.{name}"].splitlines()) for name in "abcd"}
    assert lines == {"a": 7, "b": 3, "c": 6, "d": 5}
    assert ours == theirs
