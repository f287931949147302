"""Whatever bytes a file holds: printed as read, edited where asked, the rest untouched, once."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from faults.fuzz.formats import EDITS, FORMATS, OTHERS
from faults.fuzz.laws import edited, printed
from faults.fuzz.texts import BYTES, FILES
from fuzz import fuzz
from hypothesis import given

import hardener.host.text

EXAMPLES = 100


def test_every_format_is_here() -> None:
    folder = Path(hardener.host.text.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == OTHERS | {name.split()[0] for name in (*FORMATS, *EDITS)}


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_read_is_printed_the_same(name: str, tally: Any) -> None:
    tried = Counter[str]()

    @fuzz(2 * EXAMPLES)
    @given(BYTES)
    def same(data: bytes) -> None:
        tried["texts"] += 1
        printed(name, data)

    same()
    tally("texts printed as they were read", tried=tried["texts"])


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_found_again_and_touches_nothing_else(name: str, tally: Any) -> None:
    tried = Counter[str]()

    @fuzz(EXAMPLES)
    @given(FILES | FILES | BYTES, EDITS[name].arguments)
    def holds(data: bytes, arguments: tuple[Any, ...]) -> None:
        tried[edited(EDITS[name], data, arguments)] += 1

    holds()
    assert 6 * tried["done"] > sum(tried.values()), "too few edits were tried to the end"
    tally("edits of texts", tried=tried["done"])
