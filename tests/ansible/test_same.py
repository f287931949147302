"""The real ansible-playbook, and what `harden import` makes of the same playbook: the trees are equal.

Each same/NAME.yml is a part of one playbook: `tasks` with the folder of a host as @BASE@, `files` of
that host, the `folder` and its `paths` to compare, files `beside` the playbook, and what `differs` with their text and ours. Both are applied twice; the second time changes nothing.
"""

import re
import sys
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple

import needs
import pytest
import yaml
from real_ansible import ansible, play, run
from tree import lay, listing

HERE = Path(__file__).parent
CASES = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(HERE.glob("same/*.yml"))}
pytestmark = pytest.mark.timeout(600)  # the first test waits for both
HARDEN = Path(sys.executable).parent / "harden"


class Both(NamedTuple):
    """What either of them said in the first and in the second run, and where its host is."""

    theirs: Path
    ours: Path
    said: dict[str, str]


@pytest.fixture
def both(tmp_path: Path) -> Both:
    needs.root()
    if not all((ansible.COLLECTIONS / ansible.OF_ALL / each).exists() for each in ansible.MODULES):
        needs.missing("needs ansible: python tests/inventory/ansible.py installs it")
    folder = tmp_path
    theirs, ours = folder / "theirs", folder / "ours"
    for host in (theirs, ours):
        for case in CASES.values():
            lay(host, case["files"])
    return Both(theirs, ours, {**_theirs(folder, theirs), **_ours(folder, ours)})


def _site(folder: Path, base: str) -> Path:
    """Write the playbook of all cases, with its files beside it."""
    for case in CASES.values():
        for name, text in case.get("beside", {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())
    tasks = "".join(indent(case["tasks"], "    ") for case in CASES.values())
    site = folder / "site.yml"
    site.write_text("- hosts: all\n  gather_facts: no\n  tasks:\n" + tasks.replace("@BASE@", base))
    return site


def _theirs(folder: Path, host: Path) -> dict[str, str]:
    (folder / "a").mkdir()
    site = _site(folder / "a", str(host))
    return {f"theirs {n}": play(site, folder) for n in (1, 2)}


def _ours(folder: Path, host: Path) -> dict[str, str]:
    (folder / "b").mkdir()
    site, out = _site(folder / "b", ""), folder / "c/site.yml"
    own = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    imported = run([HARDEN, "import", site, "-o", out], own)
    apply = [HARDEN, "apply", out, "--root", host, "--yes"]
    return {"imported": imported, **{f"ours {n}": run(apply, own) for n in (1, 2)}}


def test_both_make_the_same_trees(both: Both) -> None:
    """One test: to apply all of it four times takes most of a minute."""
    _all_were_turned(both)
    _second_runs_change_nothing(both)
    differ = {name: _differ(CASES[name], both) for name in CASES}
    assert not {name: found for name, found in differ.items() if found}


def _all_were_turned(both: Both) -> None:
    tasks = sum(
        len(yaml.safe_load(case["tasks"].replace("@BASE@", "/"))) for case in CASES.values()
    )
    assert f": {tasks} steps turned, 0 left," in both.said["imported"]


def _second_runs_change_nothing(both: Both) -> None:
    assert re.search(r"changed=[1-9]", both.said["theirs 1"])
    assert re.search(r"changed=0 .*failed=0", both.said["theirs 2"]), both.said["theirs 2"]
    assert "changed   " in both.said["ours 1"]
    assert "changed   " not in both.said["ours 2"], both.said["ours 2"]


def _differ(case: dict[str, Any], both: Both) -> dict[str, Any]:
    """Return {path: [theirs, ours]} of what is neither the same nor known to differ just so."""
    folder = case.get("folder") or next(iter(case["files"])).split("/")[1]
    known = case.get("differs", {})
    theirs, ours = [
        {
            path: entry
            for path, entry in listing(host / folder).items()
            if path in case.get("paths", (path,))
        }
        for host in (both.theirs, both.ours)
    ]
    assert theirs, "the case has a folder of its own"
    found = {}
    for path in theirs.keys() | ours.keys() | known.keys():
        entries = [theirs.get(path, ()), ours.get(path, ())]
        texts = [_text(host / folder / path) for host in (both.theirs, both.ours)]
        alike = all(entries) and entries[0][:-1] == entries[1][:-1]
        if not (alike and texts == known[path] if path in known else entries[0] == entries[1]):
            found[path] = [*entries, *texts]
    return found


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() and not path.is_symlink() else ""
