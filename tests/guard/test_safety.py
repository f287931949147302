"""Pages that tell what tests show name suites that are there, and every number that a test says it shows."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"F": ROOT / "docs/SAFETY.md", "D": ROOT / "docs/asked-for.md"}
pages = pytest.mark.parametrize("letter", list(PAGES))


@pages
def test_every_suite_that_it_names_is_there(letter: str) -> None:
    named = set(re.findall(r"`((?:tests|benchmarks)/[\w./-]*)`", PAGES[letter].read_text("utf-8")))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pages
def test_every_number_that_a_test_names_has_its_row(letter: str) -> None:
    rows = set(re.findall(rf"^\| ({letter}\d+) \|", PAGES[letter].read_text("utf-8"), re.MULTILINE))
    number = re.compile(rf"\b({letter}\d{{1,2}})\b(?=[,:.) ])")
    for path in (*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "tests/cli").glob("*.txt")):
        told = set(number.findall("\n".join(docstrings(path))))
        assert told <= rows, f"{path.name} shows what {PAGES[letter].name} does not tell"


@pytest.mark.parametrize("number", [f"D{n}" for n in range(15, 34)])
def test_a_wish_of_the_language_is_shown_by_tests_that_name_it(number: str) -> None:
    """Of the files and tests in its row, each is there, and one says in its docstring what it shows."""
    row = re.search(rf"^\| {number} \|.*$", PAGES["D"].read_text("utf-8"), re.MULTILINE)
    assert row
    named = re.findall(r"`(tests/[\w./-]+)(?:::(\w+))?`", row[0])
    assert named
    told = [text for path, test in named for text in about(ROOT / path, test)]
    assert any(re.search(rf"\b{number}\b", text) for text in told), f"no test names {number}"


def about(path: Path, test: str) -> list[str]:
    """Return what a file, or each of a folder, says of itself, and what its test says."""
    files = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    assert files
    if path.suffix != ".py":
        return [text for each in files for text in docstrings(each)[:1]]
    whole = ast.parse(path.read_text("utf-8"))
    found = [n for n in whole.body if isinstance(n, ast.FunctionDef) and n.name == test]
    assert found or not test, f"{path} has no {test}"
    return [ast.get_docstring(each) or "" for each in (whole, *found)]


def docstrings(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    return re.findall(r'"""(.*?)"""', text, re.DOTALL) if path.suffix == ".py" else [text[:500]]
