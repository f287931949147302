"""Files and functions stay small enough to be read at one sitting, and have plain names."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "hardener").rglob("*.py"))
LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 40
EMPTY_FILES = re.compile(r"utils?|helpers?|managers?|misc|common|tools?")
EMPTY_NAMES = re.compile(r"utils?|helpers?|misc|handler\d|.*_impl|do_.*|.*(Helper|Utils)")


@pytest.fixture(params=FILES, ids=lambda path: str(path.relative_to(ROOT)))
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_files_are_short(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= LINES_OF_A_FILE


def test_functions_are_short(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or node.lineno) - node.body[0].lineno + 1
            assert lines <= LINES_OF_A_FUNCTION, f"{node.name} has {lines} lines"


def test_names_say_something(file: Path) -> None:
    assert not EMPTY_FILES.fullmatch(file.stem)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            assert not EMPTY_NAMES.fullmatch(node.name.lstrip("_")), node.name


def test_folders_say_something() -> None:
    for folder in (ROOT / "hardener").rglob("*/"):
        assert not EMPTY_FILES.fullmatch(folder.name)
