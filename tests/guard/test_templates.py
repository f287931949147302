"""docs/templates.md names every filter, test and lookup that is there, or is not on purpose."""

import re
from pathlib import Path

import pytest
import yaml

from hardener.render import absent
from hardener.render.filters import FILTERS
from hardener.render.lookups import LOOKUPS
from hardener.render.tests import TESTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/templates.md").read_text("utf-8")
EXPRESSIONS = yaml.safe_load((ROOT / "tests/ansible/expressions.yml").read_text("utf-8"))
VALUES = (ROOT / "tests/render/values.yml").read_text("utf-8")


def part(title: str) -> str:
    return re.split(r"^## ", PAGE, flags=re.MULTILINE)[
        [each.partition("\n")[0] for each in re.split(r"^## ", PAGE, flags=re.MULTILINE)].index(
            title
        )
    ]


def told(text: str) -> set[str]:
    """Every name in the right column of a table."""
    rows = [line.split("|")[2] for line in text.splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize(
    ("title", "known"), [("Filters", FILTERS), ("Tests", TESTS), ("Lookups", LOOKUPS)]
)
def test_what_is_there_is_told(title: str, known: dict[str, object]) -> None:
    assert told(part(title)) == set(known)


def test_what_is_not_there_is_told() -> None:
    known = {*absent.FILTERS, *absent.TESTS, *absent.LOOKUPS, "random", "shuffle", "strftime"}
    assert told(part("Not there, on purpose")) == known
    assert not absent.FILTERS.keys() & FILTERS.keys()
    assert not absent.TESTS.keys() & TESTS.keys()
    assert not absent.LOOKUPS.keys() & LOOKUPS.keys()


@pytest.mark.parametrize("name", sorted({*FILTERS, *LOOKUPS} - {"expandvars", "fileglob"}))
def test_each_is_tried(name: str) -> None:
    """Against the real Ansible, or by what is said of it."""
    tried = "\n".join([*EXPRESSIONS["same"], *(each for each, *_ in EXPRESSIONS["differ"]), VALUES])
    assert re.search(rf"(\| *|\.|lookup\('|query\('|map\('){name}\b", tried)
