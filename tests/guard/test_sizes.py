"""Files and functions stay small enough to be read at one sitting, and have plain names."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = {path: path.read_text("utf-8") for path in sorted((ROOT / "hardener").rglob("*.py"))}
TREES = {path: ast.parse(text) for path, text in FILES.items()}
LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 40
EMPTY_FILES = re.compile(r"utils?|helpers?|managers?|misc|common|tools?")
EMPTY_NAMES = re.compile(r"_?(utils?|helpers?|misc|handler\d|.*_impl|do_.*|.*(Helper|Utils))")


def test_files_are_short() -> None:
    long = [path for path, text in FILES.items() if text.count("\n") > LINES_OF_A_FILE]
    assert not long


def test_functions_are_short() -> None:
    """The body counts: a command's options stand above it."""
    long = [
        f"{path}:{node.lineno}: {node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or 0) - node.body[0].lineno >= LINES_OF_A_FUNCTION
    ]
    assert not long


def test_names_say_something() -> None:
    empty = [
        f"{path}:{node.lineno}: {node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and EMPTY_NAMES.fullmatch(node.name)
    ]
    assert not empty


def test_files_and_folders_say_something() -> None:
    parts = {part for path in FILES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not [part for part in parts if EMPTY_FILES.fullmatch(part)]
