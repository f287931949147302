"""`harden validate`, `schema` and `doc`, each called as click calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardener.cli import doc, schema, validate
from hardener.errors import UsageError
from hardener.resources import data_dir

GOOD = "- hosts: all\n  steps:\n    - file: {path: /x}\n    - file: {path: /y}\n"


def test_validate(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text(GOOD)
    result = CliRunner().invoke(validate.command, [str(tmp_path / "good.yml")])
    assert result.exit_code == 0
    assert result.output.endswith("good.yml: ok: 1 play, 2 steps\n")


def test_validate_shows_the_mistakes_of_all_files(tmp_path: Path) -> None:
    for name, text in (("a", GOOD), ("b", "- host: x\n"), ("c", "a: [1")):
        (tmp_path / f"{name}.yml").write_text(text)
    paths = [str(tmp_path / f"{name}.yml") for name in "abc"]
    result = CliRunner().invoke(validate.command, paths)
    assert result.exit_code == 64
    for line in ("a.yml: ok", "b.yml:1:3: `host`", "c.yml:1:4: this `[`", "3 problems"):
        assert line in result.output


def test_schema_of_playbooks() -> None:
    result = CliRunner().invoke(schema.command, [])
    assert json.loads(result.output)["title"] == "hardener playbook"


def test_schema_of_a_step_type() -> None:
    result = CliRunner().invoke(schema.command, ["file"])
    assert json.loads(result.output)["title"] == "file"


def test_path_of_a_schema() -> None:
    result = CliRunner().invoke(schema.command, ["--path"])
    assert result.output.strip() == str(data_dir("schemas") / "playbook.json")
    result = CliRunner().invoke(schema.command, ["command", "--path"])
    assert Path(result.output.strip()).name == "command.json"


def test_doc_lists_all() -> None:
    result = CliRunner().invoke(doc.command, [])
    assert "  file " in result.output
    assert "Checks:" in result.output


def test_doc_of_one() -> None:
    result = CliRunner().invoke(doc.command, ["command"])
    assert result.output.startswith("# command\n")
    assert "| `timeout` | number | `300` |" in result.output
    assert "`command: …` is short for `command: {cmd: …}`" in result.output


@pytest.mark.parametrize("command", [doc.command, schema.command])
def test_misspelt_name(command: object) -> None:
    with pytest.raises(UsageError) as caught:
        CliRunner().invoke(command, ["comand"], catch_exceptions=False)  # type: ignore[arg-type]
    assert caught.value.hint == "did you mean `command`?"
