"""What goes over the wire of a step: what is asked for, once, and nothing that a host takes for granted."""

import json
import re
from pathlib import Path

import pytest

from hardener.connect.packing import whole
from hardener.fleet.compose.composer import Composer
from hardener.playbook import read_playbook
from hardener.playbook.marks import Document
from hardener.playbook.schemas import language
from hardener.playbook.templates import is_final
from hardener.render import Renderer


def composer(folder: Path, steps: str) -> Composer:
    (folder / "play.yml").write_text(f"- hosts: all\n  steps:\n{steps}")
    (one,) = read_playbook(folder / "play.yml").plays
    return Composer(one, 1, Renderer({"n": 1}))


def test_a_call_says_no_more_than_its_step_leaves_open(tmp_path: Path) -> None:
    made = composer(tmp_path, "    - file: {path: /srv/new, content: new}\n")
    (step,) = whole(made.message("play.yml"))["steps"]
    (call,) = step["calls"]
    assert step.keys() == {"number", "title", "name", "type", "where", "calls"}
    assert call.keys() == {"params"}


def test_what_is_said_of_a_step_is_told(tmp_path: Path) -> None:
    step = """
    - {file: {path: /srv/new, content: new}, no_log: true, tags: [a], until: result.changed, delay: 0}
    - {file: {path: "/srv/{{ item }}", content: new}, loop: [a, b], name: "file {{ item }}"}
"""
    first, second = whole(composer(tmp_path, step).message("play.yml"))["steps"]
    (call,) = first["calls"]
    assert (first["tags"], call["no_log"], call["judged"]) == (["a"], True, True)
    assert (call["retries"], call["delay"]) == (3, 0)
    assert [each["title"] for each in second["calls"]] == ["file a", "file b"]


def test_places_are_looked_up_where_something_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a step without a mistake its own place is told, once."""
    made = composer(tmp_path, "    - file: {path: /srv/new, content: new}\n" * 3)
    of_steps: list[object] = []
    where = Document.where

    def watched(self: Document, path: tuple[str | int, ...], *, key: bool = False) -> str:
        of_steps.extend([path] if "steps" in path else [])
        return where(self, path, key=key)

    monkeypatch.setattr(Document, "where", watched)
    made.message("play.yml")
    assert len(of_steps) == 3


def test_plain_parameters_are_what_rendering_would_make_of_them(tmp_path: Path) -> None:
    """Of each example in the schemas of step types that names no file beside the playbook."""
    seen = 0
    for kind in sorted(language().names("step")):
        schema = language().schema("step", kind)
        for text in map(json.dumps, schema.data["examples"]):
            if re.search(r'"(src|template)":', text):
                continue
            made = composer(tmp_path, f"    - {kind}: {text}\n")
            (step,) = made.steps.values()
            seen += step.final
            if step.final:
                rendered = made._rendered(step, made.renderer)
                assert schema.fill(step.params) == rendered, (kind, text)
    assert seen > 50


@pytest.mark.parametrize("plain", ["a", 1, True, {"a": ["b", {"c": "}}"}]}, []])
def test_what_is_final(plain: object) -> None:
    assert is_final(plain)


@pytest.mark.parametrize(
    "other", ["{{ a }}", "{% if a %}", "{# a #}", {"a": ["{{ b }}"]}, None, 1.5]
)
def test_what_is_rendered(other: object) -> None:
    assert not is_final(other)
