"""Mistakes and warnings, as data: mistakes.yml, warnings.yml."""

from pathlib import Path

import pytest
import yaml

from hardener.errors import PlaybookError, UsageError
from hardener.inventory import load

HERE = Path(__file__).parent
MISTAKES = yaml.safe_load((HERE / "mistakes.yml").read_text())
WARNINGS = yaml.safe_load((HERE / "warnings.yml").read_text())


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case["file"])
def test_mistakes(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path(case["file"])
    path.parent.mkdir(exist_ok=True)
    path.write_text(case["text"])
    path.chmod(0o755 if case.get("executable") else 0o644)
    source = case["file"] if path.parent == Path() else "web,"
    with pytest.raises(PlaybookError) as error:
        load([source], playbook_dir=None if source == case["file"] else Path())
    assert str(error.value) == case["says"].rstrip()


@pytest.mark.parametrize("case", WARNINGS, ids=lambda case: case["says"][0])
def test_warnings(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("hosts.yml").write_text(case["text"])
    said = [str(warning).splitlines()[0] for warning in load(["hosts.yml"]).warnings]
    assert said == case["says"]


def test_a_missing_source_is_no_list_of_hosts():
    with pytest.raises(UsageError, match="needs a comma: -i 'web1,'"):
        load(["web1"])


def test_anchors_do_not_unfold_without_end(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    bomb = tmp_path / "hosts.yml"
    bomb.write_text("\n".join(lines))
    with pytest.raises(PlaybookError, match="unfold without end"):
        load([str(bomb)])
