"""The real ansible-playbook and harden do the same by the same words: words/, in which only these differ.

What is done appends to a log, so order counts, and how often. Ours runs where its state is its own.
"""

import re
import shutil
import sys
from pathlib import Path

import needs
import pytest
from ansible.test_same import _run as run
from ansible.test_same import ansible

HERE = Path(__file__).parent / "words"
OURS = {
    r"\btasks:": "steps:",
    r"\bshell: \{(.*)\}": r"command: {\1, irreversible: true}",
    r"\bcopy: \{dest:": "file: {path:",
    r"\btemplate: \{src: (\S+), dest: (.*)\}": r"file: {path: \2, template: \1}",
    r"\b(import|include)_tasks:": "include:",
    r"\binclude_role: \{name: (\w+)\}": r"role: \1",
}
"""Our words for theirs."""
APART = 'mount -t tmpfs none /var/lib && exec "$@"'
CHOICES = ("--tags one", "--tags other,never", "--tags tagged --skip-tags one")
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


def apply_both(both: tuple[Path, Path], playbook: str, *options: str) -> str:
    theirs, ours = both
    own = {"HOME": str(theirs.parent), **SHARED}
    said = run([ansible.program("ansible-playbook"), "-i", "localhost,", "-c", "local", theirs / playbook,
                "-e", f"ansible_python_interpreter={ansible.program('python')}", *options], own)  # fmt: skip
    harden = Path(sys.executable).parent / "harden"
    run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            APART,
            "sh",
            harden,
            "apply",
            ours / playbook,
            "--yes",
            *options,
        ],
        own,
    )
    return said


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
