"""What simple.py calls a condition is one to jinja too, and playbooks' everyday ones are known to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.playbook.templates import unreadable
from hardener.render import simple
from hardener.render.environment import parsed
from hardener.render.needs import names_in_condition

WORDS = (
    *("a", "a.b", "facts.os.codename", "is", "in", "not", "and", "or", "defined", "true", "none"),
    *("is defined", "is not defined", "==", "!=", "<", ">=", "|", "length", "| bool", "|int"),
    *("[0, 'x']", "[a]", "not in", "is changed", "default([1])"),
    *("'x y'", '"x"', '"', "'", "0", "12", "007", "-1", "1.5", "(", ")", "\\", "%}", "é"),
)


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(WORDS), max_size=8), st.sampled_from(["", " "]))
def test_jinja_reads_what_is_simple(words: list[str], between: str) -> None:
    text = between.join(words)
    if simple.is_condition(text):
        assert unreadable("{% if " + text + " %}{% endif %}") is None


@given(
    st.lists(
        st.sampled_from((*WORDS, "{{", "}}", "{", "}", "{%", "{#", "text", "default('x')")),
        max_size=9,
    )
)
def test_jinja_reads_what_is_readable(words: list[str]) -> None:
    text = " ".join(words)
    for each in (text, text.replace("{ ", "{").replace(" }", "}")):
        if simple.is_readable(each):
            parsed(each)


@pytest.mark.parametrize(
    "text",
    [
        "nothing", "{{ x }}/{{ y.z }}", "{{ port | default(80) }}", "{{x|default('a')}}}", "{{ 1 }}",
        "{{ x | default(true) }}", "{{ names | length }}", "{{ parts | default(['a', \"b\"]) }}",
    ],
)  # fmt: skip
def test_everyday_values_are_readable(text: str) -> None:
    assert simple.is_readable(text)


@pytest.mark.parametrize(
    "text", ["{{{ x }}", "{{ x", "{{ not }}", "{{ x | nofilter }}", "{{ x }} {% if %}"]
)
def test_jinja_is_asked_of_others(text: str) -> None:
    assert not simple.is_readable(text)
    assert simple.parts(text) is None


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
        "app_1_wanted | default(true)",
        "'new' in out.stdout and out.rc not in [0, 3]",
        "out is not changed",
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
        "not < 12",
        "a is 'x'",
        "a in [b]",
        "a in [1, ]",
        "a is changed in b",
        "not | bool",
        "x(1)",
        "a == b == c",
    ],
)
def test_others_are_left_to_jinja(text: str) -> None:
    assert not simple.is_condition(text)
