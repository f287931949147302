"""Playbooks and roles as people publish them: what comes out is valid, and each task is turned or listed.

Each everyday/NAME.yml has the `files` of a project, and what is `left` in this order. Those that are the
`same` are applied by both to booted hosts, in tests/hosts/test_everyday_as_ansible.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hardener.ansible import turn
from hardener.playbook import read_playbook

CASES = {path.stem: yaml.safe_load(path.read_text())
         for path in sorted((Path(__file__).parent / "everyday").glob("*.yml"))}  # fmt: skip
SECTIONS = ("pre_tasks", "roles", "tasks", "post_tasks", "handlers")


def leaves(tasks: Any) -> Iterator[dict[str, Any]]:
    """Yield the tasks of a list, with those of its blocks and plays, and the roles of these."""
    for task in tasks if isinstance(tasks, list) else ():
        inner = [task[part] for part in ("block", "rescue", "always", *SECTIONS)
                 if isinstance(task, dict) and task.get(part)]  # fmt: skip
        for each in inner:
            yield from leaves(each)
        if not inner:
            yield task


def tasks_of(files: dict[str, str]) -> int:
    """Count the tasks of a project; one that only fetches lists of packages is part of the next."""
    found = [task for name, text in files.items() if name.endswith(".yml")
             and not {"defaults", "vars", "meta"} & set(Path(name).parts)
             for task in leaves(yaml.safe_load(text))]  # fmt: skip
    return sum("apt: update_cache=yes" not in str(task).replace("'", "") for task in found)


@pytest.mark.parametrize("name", CASES)
def test_it_is_valid_and_nothing_is_lost(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    for path, text in case["files"].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    turned = turn(tmp_path / "site.yml", tmp_path / "out/site.yml")
    turned.write(tmp_path / "out", force=False)
    left = [note.what for note in turned.notes.all if note.left]
    known = case.get("left", [])
    assert [what for what, part in zip(left, known, strict=True) if part not in what] == []
    entries = [entry for _, _, found in turned.lists for entry in found.all()]
    lost = [entry for entry in entries if entry.data is None]
    assert turned.steps + len(lost) == tasks_of(case["files"])
    read_playbook(tmp_path / "out/site.yml")


def test_there_are_twenty_and_half_of_them_need_no_hand() -> None:
    assert len(CASES) >= 20
    assert sum("left" not in case for case in CASES.values()) * 2 >= len(CASES)
