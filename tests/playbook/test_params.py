"""Parameters after rendering: the same sentences at the same places, without patience."""

from pathlib import Path

import pytest

from hardener.errors import PlaybookError
from hardener.playbook import Place, read_playbook, validate_params
from hardener.playbook.load import parse
from hardener.playbook.schemas import Language

TEXT = """\
- section:
    path: /x
    lines: "{{ lines }}"
    create: {owner: root}
"""


@pytest.fixture
def place() -> Place:
    return Place(parse(TEXT, "x.yml"), (0, "section"))


def test_defaults(words: Language, place: Place) -> None:
    params = validate_params("section", {"path": "/x", "rules": [{}]}, place, words=words)
    assert params == {"path": "/x", "rules": [{"port": 22}], "marker": "hardener", "lines": []}


def test_twice_is_once(words: Language, place: Place) -> None:
    for params in ({"path": "/x"}, {"path": "/x", "state": "link", "target": "/y"}):
        once = validate_params("file", params, place, words=words)
        assert validate_params("file", once, place, words=words) == once


def test_a_rendered_value_is_judged_at_the_line_of_its_template(
    words: Language, place: Place
) -> None:
    with pytest.raises(PlaybookError) as caught:
        validate_params("section", {"path": "/x", "lines": "a"}, place, words=words)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (3, 12)
    assert problem.what == '`lines` is "a"; expected a list'


def test_braces_left_after_rendering_are_text(words: Language, place: Place) -> None:
    with pytest.raises(PlaybookError):
        validate_params("section", {"path": "/x", "lines": "{{ lines }}"}, place, words=words)


def test_a_default_is_placed_at_its_step(words: Language, place: Place) -> None:
    assert place.at("marker") == "x.yml:2:5"


def test_check(words: Language, place: Place) -> None:
    assert validate_params("http", "http://x/", place, kind="check", words=words)["status"] == 200


def test_what_would_happen_in_every_run_belongs_into_handlers(tmp_path: Path) -> None:
    path = tmp_path / "p.yml"
    text = "- hosts: all\n  {}:\n    - name: x\n      service: {{name: ssh, state: {}}}\n"
    path.write_text(text.format("steps", "restarted"))
    with pytest.raises(PlaybookError) as caught:
        read_playbook(path)
    assert "4:35: `state: restarted` would happen in every run" in str(caught.value)
    path.write_text(text.format("steps", "started"))
    assert read_playbook(path).plays
    path.write_text(text.format("steps: []\n  handlers", "restarted"))
    assert read_playbook(path).plays


def test_a_regular_expression_that_is_none(tmp_path: Path) -> None:
    """Also in a template's text, once it is rendered; before that nobody knows."""
    path = tmp_path / "p.yml"
    path.write_text('- hosts: all\n  verify:\n    - process: {pattern: "(a|b"}\n')
    with pytest.raises(PlaybookError, match="no regular expression: missing [)]") as caught:
        read_playbook(path)
    assert "p.yml:3:26" in str(caught.value)
    path.write_text('- hosts: all\n  verify:\n    - process: {pattern: "({{ name }}"}\n')
    check = read_playbook(path).plays[0].verify[0]
    with pytest.raises(PlaybookError, match="no regular expression"):
        validate_params("process", {"pattern": "(x"}, check.params_place, kind="check")


def test_line_without_a_line_is_a_mistake(place: Place) -> None:
    """With the schemas that ship: a regexp alone says nothing of what should be there."""
    for given in ({"regexp": "^UMASK"}, {"regexp": "", "state": "absent"}):
        with pytest.raises(PlaybookError, match="`line` is missing|`regexp` is empty"):
            validate_params("line", {"path": "/etc/login.defs", **given}, place)
