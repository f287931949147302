"""Which variables data depends on, through other variables too."""

import pytest

from hardener.inventory.marked import Unsafe
from hardener.render import Renderer, Variables

GIVEN = Variables(
    {
        "direct": "{{ result.rc }}",
        "far": ["{{ direct }}"],
        "said": "{{ facts }}",
        "loop_a": "{{ loop_b }}",
        "loop_b": "{{ loop_a }}",
        "broken": "{{ ",
    },
    frozenset({"said"}),
)


@pytest.mark.parametrize(
    ("data", "needs"),
    [
        ("plain", set()),
        ("{{ direct }}", {"direct", "result"}),
        ({"a": ["x{{ far }}"]}, {"far", "direct", "result"}),
        ("{{ said }}", {"said"}),
        ("{{ loop_a }}", {"loop_a", "loop_b"}),
        ("{{ broken }}", {"broken"}),
        (Unsafe("{{ x }}"), set()),
        ("{{ facts.memory.swap }}", {"facts"}),
        ("{% for x in facts %}{{ x }}{{ y }}{% endfor %}", {"facts", "y"}),
        ("{{ range(3) | map('string') }} {{ omit }}", set()),
    ],
)
def test_data(data, needs):
    assert Renderer(GIVEN).needs(data) == needs


@pytest.mark.parametrize(
    ("expr", "needs"),
    [
        (True, set()),
        ("result is changed", {"result"}),
        (["far", "facts.x == 1"], {"far", "direct", "result", "facts"}),
        ("a ==", set()),
    ],
)
def test_conditions(expr, needs):
    assert Renderer(GIVEN).needs_condition(expr) == needs


def test_files(tmp_path):
    (tmp_path / "a.j2").write_text("{{ far }}{% include 'b.j2' %}{% set x = 1 %}{{ x }}")
    (tmp_path / "b.j2").write_text("{{ other }}{% include 'a.j2' %}")
    found = Renderer(GIVEN, [tmp_path]).needs_template("a.j2")
    assert found == {"far", "direct", "result", "other"}
