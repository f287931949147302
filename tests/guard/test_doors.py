"""Only the doors touch the host: ruff bars the modules, this bars `open`, and keeps the list true."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUFF = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
BARRED = set(RUFF["flake8-tidy-imports"]["banned-api"])
PATTERNS = [
    pattern
    for pattern, rules in RUFF["per-file-ignores"].items()
    if "TID251" in rules and not pattern.startswith("!")
]


def expand(pattern: str) -> list[Path]:
    """Write out `a/{b,c}.py`."""
    if "{" not in pattern:
        return [ROOT / pattern]
    start, _, rest = pattern.partition("{")
    names, _, end = rest.partition("}")
    return [ROOT / f"{start}{name}{end}" for name in names.split(",")]


DOORS = [path for pattern in PATTERNS for path in expand(pattern)]


@pytest.mark.parametrize("path", DOORS, ids=lambda path: path.stem)
def test_a_door_is_one(path: Path) -> None:
    """A file that no longer needs the exception loses it."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    assert imported & BARRED


def test_nothing_else_opens_files() -> None:
    for path in (ROOT / "hardener/host").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            opens = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if opens and node.func.id == "open":  # type: ignore[attr-defined]
                assert path in DOORS, f"{path}:{node.lineno}"  # type: ignore[attr-defined]
