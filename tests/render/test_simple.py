"""What simple.py calls a condition is one to jinja too, and playbooks' everyday ones are known to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.playbook.templates import unreadable
from hardener.render import simple
from hardener.render.needs import names_in_condition

WORDS = (
    *("a", "a.b", "facts.os.codename", "is", "in", "not", "and", "or", "defined", "true", "none"),
    *("is defined", "is not defined", "==", "!=", "<", ">=", "|", "length", "| bool", "|int"),
    *("'x y'", '"x"', '"', "'", "0", "12", "007", "-1", "1.5", "(", ")", "\\", "%}", "é"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.sampled_from(["", " "]))
def test_jinja_reads_what_is_simple(words: list[str], between: str) -> None:
    text = between.join(words)
    if simple.is_condition(text):
        assert unreadable("{% if " + text + " %}{% endif %}") is None


@pytest.mark.parametrize(
    "text",
    [
        "strict",
        "not strict",
        "baseline_domain is defined",
        "x is not defined or y",
        "facts.system.container == ''",
        'packages | length > 0 and facts.packages.manager == "apt"',
        "1 < a.b and not c | bool",
    ],
)
def test_everyday_conditions_are_simple(text: str) -> None:
    assert simple.is_condition(text)
    assert names_in_condition(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "a = b",
        "a and",
        "a and and",
        "is defined",
        "not",
        "not not a",
        "x(1)",
        "a == b == c",
    ],
)
def test_others_are_left_to_jinja(text: str) -> None:
    assert not simple.is_condition(text)
