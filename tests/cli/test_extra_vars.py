"""`-e` in all of its forms, and what is no variable."""

from pathlib import Path

import pytest

from hardener.cli.extra_vars import read
from hardener.errors import HardenerError, UsageError


def test_later_ones_win(tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("c: 3\n")
    given = ["a=1 b='x y'", '{"a": {"b": 1}}', f"@{tmp_path / 'more.yml'}"]
    assert read(given) == {"a": {"b": 1}, "b": "x y", "c": 3}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a='", "a quote is never closed"),
        ("a=\\", "a quote is never closed"),
        ("a=CANARY CANARY", "word 2 is no variable"),
        ("CANARY", "word 1 is no variable"),
        ("1a=CANARY", "word 1 is no variable"),
        ('{"a": "CANARY"', "not JSON"),
        ('{"a":' * 100_000, "not JSON"),
        ('{"a":' * 150 + "1" + "}" * 150, "nested deeper than 100 levels"),
        ('{"a": ' + "9" * 5000 + "}", "not JSON"),
        ("@none.yml", "cannot read none.yml"),
        ("@/", "cannot read /"),
        ("@", "cannot read"),
    ],
)
def test_what_is_wrong_is_told_without_the_value(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read([text])
    assert says in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_a_file_that_is_no_mapping_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "list.yml").write_text("- a\n")
    with pytest.raises(HardenerError, match=r"list\.yml:1:1: expected variables"):
        read([f"@{tmp_path / 'list.yml'}"])
