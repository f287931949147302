"""Template files: trimming, includes, and the line in an error."""

from textwrap import dedent

import pytest

from hardener.render import Renderer, RenderError


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.j2").write_text(dedent(text).lstrip("\n"))
        return Renderer({"a": 1, "b": "{{ a + 1 }}"}, [tmp_path])

    return write


def test_blocks_are_trimmed_and_the_last_newline_stays(folder):
    renderer = folder(
        main="""
        one
        {% if a %}
          {{ b }}
        {% endif %}
        """
    )
    assert renderer.template("main.j2") == "one\n  2\n"


@pytest.mark.parametrize(
    "text,rendered",
    [
        ("Port 22{% if a %} b{% endif %}\n", "Port 22 b\n"),
        ("{% if not a %}x{% endif %}\n\n", "\n\n"),
        ("{{ 'x\n\n' }}\n", "x\n\n"),
        ("{% if a %}x{% endif %}", "x"),
    ],
)
def test_a_tag_in_the_last_line_takes_no_newline(folder, text, rendered):
    assert folder(main=text).template("main.j2") == rendered


def test_more_variables(folder):
    renderer = folder(main="{{ a }} {{ b }} {{ c }}")
    assert renderer.template("main.j2", {"a": 5, "c": "{{ a }}"}) == "5 6 5"


def test_what_is_included_does_not_end_the_line(folder):
    assert folder(main="a {% include 'part.j2' %}!\n", part="b\n").template("main.j2") == "a b!\n"


def test_includes_see_what_was_set(folder):
    renderer = folder(main="{% set a = 7 %}{% include 'part.j2' %}", part="{{ a }} {{ b }}")
    assert renderer.template("main.j2") == "7 2"


def test_imports(folder):
    renderer = folder(
        main="{% import 'lib.j2' as lib %}{{ lib.twice('x') }}",
        lib="{% macro twice(t) %}{{ t }}{{ range(2) | list }}{% endmacro %}",
    )
    assert renderer.template("main.j2") == "x[0, 1]"


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("one\n{{ nope }}\n", "part.j2:2:4: 'nope' is undefined"),
        ("one\n{{ nope\n", "part.j2:2:1: unexpected end of template"),
        ("{# #}\n\n{{ 1 / 0 }}\n", "part.j2:3:1: ZeroDivisionError: division by zero"),
        ("\n{{ a | nope }}", "part.j2:2:1: No filter named 'nope'."),
    ],
)
def test_errors_name_the_file_and_the_line(folder, tmp_path, part, says):
    renderer = folder(main="x\n{% include 'part.j2' %}\n")
    (tmp_path / "part.j2").write_text(part)
    with pytest.raises(RenderError) as error:
        renderer.template("main.j2", where="play.yml:5:7")
    assert str(error.value).startswith(f"{tmp_path}/{says}")
    assert "needed by play.yml:5:7" in str(error.value)


def test_a_missing_file_says_where_it_was_looked_for(folder, tmp_path):
    with pytest.raises(RenderError) as error:
        folder().template("no.j2", where="play.yml:5:7")
    assert str(error.value) == f"play.yml:5:7: no file 'no.j2'\nlooked for {tmp_path}/no.j2"


def test_a_missing_include_is_named(folder):
    with pytest.raises(RenderError, match=r"main\.j2:2:1: no template 'no\.j2'"):
        folder(main="x\n{% include 'no.j2' %}").template("main.j2")


def test_a_file_that_changed_is_read_again(folder, tmp_path):
    renderer = folder(main="1")
    assert renderer.template("main.j2") == "1"
    (tmp_path / "main.j2").write_text("22")
    assert renderer.template("main.j2") == "22"
