"""The quick look says yes only where jsonschema finds nothing, and does say it of good playbooks."""

from __future__ import annotations

import copy
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardener.playbook.keywords import BeforeRendering, Strict
from hardener.playbook.quick import HARD, TESTS, fits
from hardener.playbook.schemas import Schema, shipped

WORDS = shipped()
SCHEMAS = {
    f"{kind} {name}": WORDS.schema(kind, name)
    for kind in ("step", "check")
    for name in WORDS.names(kind)
}
PLAYBOOKS = sorted((Path(__file__).resolve().parents[2] / "playbooks").glob("*.yml"))
STRANGE = (
    None, True, False, 0, 1, -5, 1.0, 10**9, "", "x", "a b\n", "0644", "{{ x }}", "7 {{ x", [], ["x"],
    ["x", "x"], [1, True], {}, {"x": 1}, {"state": "absent"}, {"name": "x"}, ("x",), b"x",
)  # fmt: skip


def examples(schema: Schema) -> Iterator[dict[str, Any]]:
    """The schema's own examples, long form, and one of each parameter alone."""
    for each in schema.data.get("examples", ()):
        value = schema.expand(each.get(schema.name, each) if isinstance(each, dict) else each)
        if isinstance(value, dict):
            yield value
    for name, parameter in schema.properties.items():
        for value in (*parameter.get("examples", ()), parameter.get("default", "x")):
            yield {name: value}


def spoiled(value: Any, chance: random.Random, names: list[str]) -> Any:
    """The value with something else somewhere in it."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        made = dict(value)
        name = chance.choice([*made, *names])
        if chance.random() < 0.2:
            made.pop(name, None)
        else:
            made[name] = spoiled(made.get(name), chance, names)
        return made
    if isinstance(value, list) and value and chance.random() < 0.5:
        made_list = list(value)
        made_list[chance.randrange(len(value))] = spoiled(value[0], chance, names)
        return made_list
    return copy.deepcopy(chance.choice(STRANGE))


@pytest.mark.parametrize("name", SCHEMAS)
def test_yes_is_jsonschemas_yes(name: str) -> None:
    schema, chance = SCHEMAS[name], random.Random(name)
    judges = [(False, Strict(schema.data)), (True, BeforeRendering(schema.data))]
    said = {True: 0, False: 0}
    values = list(examples(schema))
    for value in values * (4000 // len(values)):
        for _ in range(chance.randrange(4)):
            value = spoiled(value, chance, list(schema.properties))  # noqa: PLW2901
        for patient, judge in judges:
            yes = fits(schema.data, value, patient=patient)
            said[yes] += 1
            assert not (yes and list(judge.iter_errors(value))), value
    assert said[True] > 20
    assert said[False] > 20


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_example_is_seen_to_fit(name: str) -> None:
    schema = SCHEMAS[name]
    for each in schema.data.get("examples", ()):
        value = schema.expand(each.get(schema.name, each) if isinstance(each, dict) else each)
        if not list(BeforeRendering(schema.data).iter_errors(value)):
            assert fits(schema.data, value, patient=True), value


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.name)
def test_a_good_playbook_loads_nothing_slow(playbook: Path) -> None:
    code = (
        "import sys\nfrom hardener.playbook import read_playbook\n"
        f"read_playbook({str(playbook)!r})\n"
        "print(*({'jsonschema', 'importlib.metadata'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "\n")


def test_true_is_not_1() -> None:
    assert not fits({"enum": [1]}, True, patient=False)
    assert not fits({"const": False}, 0, patient=False)
    assert not fits({"type": "integer"}, True, patient=False)


def test_every_keyword_is_known_or_left_to_jsonschema() -> None:
    known = {"type", *(word for words in TESTS.values() for word in words)}
    assert set(Strict.VALIDATORS) <= known | HARD
    assert not known & HARD


def test_what_it_leaves_to_jsonschema_makes_it_unsure() -> None:
    assert not fits({"format": "email"}, "x", patient=False)
    assert not fits({"patternProperties": {"x": {"type": "string"}}}, {"ax": 1}, patient=False)
    assert not fits({"type": "integer"}, 1.0, patient=False)
    assert not fits({}, {1}, patient=False)
