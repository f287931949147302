"""What a host may say: a word that it is not asked for, or that could do harm, is no answer."""

import pytest

from hardener.fleet.heard import mistake

CAPTURED = {"event": "captured", "part": "p", "name": "n", "type": "file", "params": {"path": "/x"}}


def test_what_is_captured_is_heard() -> None:
    assert mistake(CAPTURED, "capture") == ""


@pytest.mark.parametrize(
    "wrong", [{"type": "command"}, {"params": ["x"]}, {"name": 1}, {"more": 1}]
)
def test_a_host_is_never_captured_as_a_command(wrong: dict) -> None:
    assert mistake({**CAPTURED, **wrong}, "capture")


def test_it_is_no_answer_to_another_word() -> None:
    assert mistake(CAPTURED, "facts")
