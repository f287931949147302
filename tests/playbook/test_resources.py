"""Plugins bring a schema beside their code, and are not imported for it."""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardener import resources
from hardener.cli import doc, schema
from hardener.errors import UsageError
from hardener.playbook.schemas import language

POINT = EntryPoint("motd", "acme_hardener.steps.motd", "hardener.steps")


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed plugin whose code cannot be imported here."""
    folder = tmp_path / "acme_hardener" / "steps"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise ImportError('only for hosts')")
    (folder / "motd.json").write_text("{}")
    info = tmp_path / "acme_hardener-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-hardener\nVersion: 1.0\n")
    entries = f"motd = {POINT.value}\nfile = acme_hardener.steps.motd\nlost = acme_hardener.lost"
    (info / "entry_points.txt").write_text(f"[hardener.steps]\n{entries}\n")
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    yield folder
    forget()


def forget() -> None:
    resources.step_types.cache_clear()
    language.cache_clear()


def test_a_plugin_adds_a_step_type(plugin: Path) -> None:
    types = resources.step_types()
    assert types["motd"] == plugin / "motd.json"
    assert types["file"] == resources.data_dir("schemas") / "steps" / "file.json"
    assert "lost" not in types
    assert list(types) == sorted(types)
    assert "acme_hardener" not in sys.modules


def test_the_printed_schema_has_it_too(plugin: Path) -> None:
    result = CliRunner().invoke(schema.command, [])
    assert "motd" in json.loads(result.output)["$defs"]["step"]["properties"]


def test_a_page_of_an_empty_schema(plugin: Path) -> None:
    """Nobody's guard has seen a plugin's schema."""
    result = CliRunner().invoke(doc.command, ["motd"])
    assert result.output.startswith("# motd\n")


def test_a_plugin_that_is_gone() -> None:
    assert resources.plugin_file(POINT, ".json") is None


def test_no_such_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "hardener")
    with pytest.raises(UsageError, match="no schemas/"):
        resources.data_dir("schemas")


def test_a_wheel_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "hardener")
    (tmp_path / "templates").mkdir()
    assert resources.data_dir("templates") == tmp_path / "templates"
    (tmp_path / "hardener" / "_data" / "templates").mkdir(parents=True)
    assert resources.data_dir("templates") == tmp_path / "hardener" / "_data" / "templates"
