"""docs/SAFETY.md names suites that are there, and every failure that a test says it shows."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "SAFETY.md").read_text("utf-8")
NUMBER = re.compile(r"\bF(\d{1,2})\b")


def rows() -> dict[str, str]:
    return dict(re.findall(r"^\| (F\d+) \| (.*) \|$", PAGE, re.MULTILINE))


def test_every_suite_that_it_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w./]+)`", PAGE))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_failure_that_a_test_shows_has_its_row() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text("utf-8").partition("\nimport")[0]
        told = {f"F{n}" for n in NUMBER.findall(text)} if "docs/SAFETY.md" in text else set()
        assert told <= rows().keys(), f"{path.name} shows what docs/SAFETY.md does not tell"
