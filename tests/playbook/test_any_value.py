"""Whatever stands at a key of a playbook is taken or told, and never breaks what reads it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from hardener.errors import HardenerError
from hardener.playbook import read_playbook
from hardener.playbook.schemas import shipped

WORDS = shipped().envelope
FILE = {"file": {"path": "/x", "content": "x"}}
LEAST: dict[str, dict[str, Any]] = {
    "play": {"hosts": "all", "steps": [FILE]},
    "step": FILE,
    "block": {"block": [FILE]},
    "include": {"include": "steps.yml"},
    "role": {"role": "some"},
    "include_vars": {"include_vars": "vars.yml"},
    "import_playbook": {"import_playbook": "imported.yml"},
    "check": {"http": {"url": "http://x"}},
}
VALUES = (
    *("{{ x }}", "", 5, True, None, [], ["{{ x }}"], {"{{ x }}": 1}),
    *([[1]], [None], [{"a": 1}], {"a": {"b": [1]}}),
)
KEYS = [
    (kind, key)
    for kind in LEAST
    for key in {*WORDS[kind].properties, *WORDS[kind].data.get("borrows", ())}
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "roles/some/steps").mkdir(parents=True)
    for name in ("steps.yml", "roles/some/steps/main.yml"):
        (tmp_path / name).write_text(yaml.safe_dump([FILE]))
    (tmp_path / "vars.yml").write_text("a: 1\n")
    (tmp_path / "imported.yml").write_text(yaml.safe_dump([LEAST["play"]]))
    return tmp_path


@pytest.mark.parametrize(("kind", "key"), sorted(KEYS))
def test_any_value(kind: str, key: str, folder: Path) -> None:
    for value in VALUES:
        item = {**LEAST[kind], key: value}
        where = "preflight" if kind == "check" else "steps"
        plays = [item] if kind in ("play", "import_playbook") else [{"hosts": "all", where: [item]}]
        (folder / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False))
        try:
            read_playbook(folder / "play.yml")
        except HardenerError as told:
            assert str(told)
