"""Pages that tell what tests show name suites that are there, and every number that a test says it shows."""

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


def docstrings(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    return re.findall(r'"""(.*?)"""', text, re.DOTALL) if path.suffix == ".py" else [text[:500]]
