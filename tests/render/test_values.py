"""Values and conditions, as data: values.yml, conditions.yml (D29)."""

from pathlib import Path

import pytest
import yaml

from hardener.errors import SecretError
from hardener.inventory.marked import Unsafe, Vaulted
from hardener.playbook.load import parse
from hardener.playbook.marks import Place
from hardener.render import Renderer, RenderError, simple
from hardener.render.environment import value as compiled

HERE = Path(__file__).parent
VALUES = yaml.safe_load((HERE / "values.yml").read_text())
CONDITIONS = yaml.safe_load((HERE / "conditions.yml").read_text())


@pytest.mark.parametrize(("value", "gives"), VALUES["gives"], ids=lambda each: repr(each)[:60])
def test_values(renderer, value, gives):
    found = renderer.value(value, "case.yml:1:2")
    assert found == gives
    assert type(found) is type(gives)


@pytest.mark.parametrize("case", VALUES["errors"], ids=lambda case: case[0])
def test_value_errors(renderer, case):
    value, *says = case
    with pytest.raises(RenderError) as error:
        renderer.value(value, "case.yml:1:2")
    assert str(error.value).splitlines() == says


@pytest.mark.parametrize(("expr", "gives"), CONDITIONS["gives"], ids=lambda each: repr(each)[:60])
def test_conditions(renderer, expr, gives):
    assert renderer.condition(expr, "case.yml:1:2") is gives


@pytest.mark.parametrize("case", CONDITIONS["errors"], ids=lambda case: str(case[0]))
def test_condition_errors(renderer, case):
    expr, *says = case
    with pytest.raises(RenderError) as error:
        renderer.condition(expr, "case.yml:1:2")
    assert str(error.value).splitlines() == says


def test_places_by_path(renderer):
    places = {("a", 1, "b"): "play.yml:7:9"}
    with pytest.raises(RenderError, match=r"^play\.yml:7:9: 'qqq'"):
        renderer.value({"a": ["{{ one }}", {"b": "{{ qqq }}"}]}, lambda *path: places[path])


def test_unsafe_text_is_left_alone(renderer):
    assert renderer.value(Unsafe("{{ one }}")) == "{{ one }}"


def test_vaulted_values_ask_for_their_password():
    renderer = Renderer({"secret": Vaulted("$ANSIBLE_VAULT")})
    for value in ("{{ secret }}", "a {{ secret }}", Vaulted("x")):
        with pytest.raises(SecretError, match="play.yml:1:1"):
            renderer.value(value, "play.yml:1:1")


def test_loop_items_are_data(renderer):
    inner = renderer.extended({"item": "{{ one }}"}, literal=True)
    assert inner.value("{{ item }}") == "{{ one }}"
    assert renderer.extended({"item": "{{ one }}"}).value("{{ item }}") == 1


def test_user_variables_hide_the_globals_of_jinja():
    assert Renderer({"range": 5, "dict": 6}).value("{{ range + dict + 0 }}") == 11


def test_pipes_run_where_they_are_allowed():
    renderer = Renderer({}, allow_pipe=True)
    assert renderer.value("{{ lookup('pipe', 'echo a; echo b') }}") == "a\nb"
    with pytest.raises(RenderError, match="ended with 3"):
        renderer.value("{{ lookup('pipe', 'exit 3') }}")


def test_a_changed_result_does_not_change_the_variable(renderer):
    renderer.value("{{ list }}").append(9)
    assert renderer.value("{{ list }}") == [3, 1, 2, 1]


SIMPLE = [value for value, _ in VALUES["gives"] if isinstance(value, str) and simple.parts(value)]
SIMPLE += ["{{ map.a.x }}-{{ text }}", "{{ app.dir }}/x", "{{ none }}", "{{ text.upper }}"]


@pytest.mark.parametrize("value", SIMPLE)
def test_simple_text_is_what_jinja_makes_of_it(renderer, value, monkeypatch):
    quick = renderer.value(value)
    monkeypatch.setattr(simple, "parts", lambda source: None)
    compiled.cache_clear()
    try:
        assert renderer.value(value) == quick
    finally:
        compiled.cache_clear()


@pytest.mark.parametrize("word", ["true", "none", "not x", "x if y", "not", "x-1", "- x", "x(1)"])
def test_what_is_not_simple(word):
    assert simple.parts("{{ " + word + " }}") is None


BLOCK = """\
text: |
  first
    {{ word }}
  {{ 1 + 'x' }} {{ word.upper() }}
folded: >
  first {{ word }}
  {{ nope }}
list: ["{{ word }}", "a {{ word.nope }}"]
"""


def test_an_undefined_key_is_what_is_wrong() -> None:
    with pytest.raises(RenderError, match="'nope' is undefined"):
        Renderer({"word": 3}).value("{{ word[nope] }}")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (("text",), ["    4 |   {{ 1 + 'x' }} {{ word.upper() }}", "          ^"]),
        (("folded",), ["    7 |   {{ nope }}", "             ^"]),
        (("list", 1), ['    8 | list: ["{{ word }}", "a {{ word.nope }}"]', " " * 40 + "^"]),
    ],
)
def test_an_error_points_at_its_own_line(path: tuple[str | int, ...], shown: list[str]) -> None:
    """Where a text has several lines, at the one that is wrong; else at its braces, or the name."""
    document = parse(BLOCK, "vars.yml")
    data = document.data
    for key in path:
        data = data[key]
    with pytest.raises(RenderError) as caught:
        Renderer({"word": 3}).value(data, Place(document, path).at)
    assert str(caught.value).splitlines()[1:3] == shown
    assert caught.value.plain()["why"].splitlines() == shown
