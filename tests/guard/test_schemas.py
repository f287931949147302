"""Every schema is one that `validate`, `harden doc` and editors can use.

What a schema may say is listed here; a keyword that nobody reads would be a silent mistake.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hardener.playbook.combine import combine
from hardener.playbook.load import parse
from hardener.playbook.marks import Document, Place
from hardener.playbook.params import params_problems, undo_problem
from hardener.playbook.results import common
from hardener.playbook.schemas import ENVELOPE, Schema, shipped

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "schemas").glob("*/*.json"))
WORDS = shipped()
TYPES = [(kind, name) for kind in WORDS.paths for name in WORDS.names(kind)]

ANNOTATIONS = {
    "title",
    "description",
    "default",
    "examples",
    "patternHint",
    "instead",
    "literal",
    "secret",
}
STANDARD = {
    *("type", "enum", "const", "pattern", "minLength", "maxLength"),
    *("format", "minimum", "maximum"),
    *("items", "minItems", "maxItems", "uniqueItems"),
    *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
    *(
        "minProperties",
        "maxProperties",
        "dependentRequired",
        "anyOf",
    ),  # not oneOf: a template fits every branch
}
OF_OBJECTS = {"exclusive", "requires_one", "only_when", "only_with", "required_when"}
OF_TYPES = {
    "$schema",
    "summary",  # one line for lists, without a full stop
    "reverse",  # what a rollback can do: exact, best effort, irreversible
    "shorthand",  # the parameter that a bare value stands for
    "reversible_by",  # ways to make the step undoable; the last is the word that it is not
    "handlers_only",  # {parameter: values that would happen in every run of a step}
    "returns",  # {name: schema}: what `register` gets beside what every result has
    "as_user",  # it is done as the `become_user` of the step
    "brings",  # {parameter: [bytes or template, what the host gets]}: files of the controller
    "unique_in_play",  # parameters that no two steps of a play may share
}
KEYWORDS = ANNOTATIONS | STANDARD | OF_OBJECTS
REVERSE = {"exact", "best effort", "irreversible"}
NOWHERE = Place(Document("example", (), {}, {}, {}))


@pytest.fixture(params=TYPES, ids=lambda pair: "-".join(pair))
def typed(request: pytest.FixtureRequest) -> tuple[str, Schema]:
    kind, name = request.param
    return kind, WORDS.schema(kind, name)


def below(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and all schemas in it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for name in ("properties", "patternProperties"):
        for each in schema.get(name, {}).values():
            yield from below(each)
    for name in ("items", "additionalProperties", "propertyNames"):
        yield from below(schema.get(name))
    for each in schema.get("anyOf", ()):
        yield from below(each)


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in below(schema):
        yield from each.get("properties", {}).items()


def test_there_are_some() -> None:
    assert {("step", "file"), ("step", "command")} <= set(TYPES)


@pytest.mark.parametrize("path", [*FILES, ENVELOPE], ids=lambda path: path.stem)
def test_no_key_is_there_twice(path: Path) -> None:
    parse(path.read_text("utf-8"), path.name)


def test_valid(typed: tuple[str, Schema]) -> None:
    Draft202012Validator.check_schema(typed[1].data)


def test_known_keywords(typed: tuple[str, Schema]) -> None:
    top, *inner = below(typed[1].data)
    assert set(top) <= KEYWORDS | OF_TYPES
    for each in inner:
        assert set(each) <= KEYWORDS, each
        assert each.get("format", "regex") == "regex"


def test_top(typed: tuple[str, Schema]) -> None:
    kind, schema = typed
    data = schema.data
    assert data["title"] == schema.name
    assert data["type"] == "object"
    assert data["additionalProperties"] is False
    assert data["summary"] and not data["summary"].endswith(".")
    assert data["description"].endswith(".")
    assert kind == "check" or data["reverse"] in REVERSE


def test_returns(typed: tuple[str, Schema]) -> None:
    """A type that returns nothing says so: of one that is silent nothing is known."""
    kind, schema = typed
    assert ("returns" in schema.data) == (kind == "step"), '"returns": {} if it returns nothing'
    returns = schema.data.get("returns", {})
    assert not returns.keys() & set(chain(*common().values()))
    for name, each in returns.items():
        assert set(each) <= KEYWORDS, name
        assert each["type"], name
        assert each["description"].endswith("."), name


def test_properties(typed: tuple[str, Schema]) -> None:
    for name, each in properties(typed[1].data):
        assert each.get("description", "").endswith("."), f"{name}: description"
        assert each.keys() & {"type", "enum", "anyOf"}, f"{name}: type"
        assert "number" not in str(each.get("type")), f"{name}: playbooks have no fractions"
        assert each.keys() & {"examples", "default", "enum"}, f"{name}: examples or default"
        assert isinstance(each.get("examples", []), list), f"{name}: examples is a list"


def test_objects_are_closed_or_typed(typed: tuple[str, Schema]) -> None:
    """A misspelt key must be found at every depth."""
    for each in below(typed[1].data):
        if "properties" in each:
            assert "additionalProperties" in each


def test_a_form_is_said_in_words(typed: tuple[str, Schema]) -> None:
    """An error that expects «another form» leaves its reader to guess."""
    unsaid = [each for each in below(typed[1].data) if "pattern" in each and not form(each)]
    assert not unsaid


def form(schema: dict[str, Any]) -> object:
    return schema.get("patternHint") or schema.get("examples")


def test_values_in_schemas_fit(typed: tuple[str, Schema]) -> None:
    for name, each in properties(typed[1].data):
        values = [*each.get("examples", ()), *([each["default"]] if "default" in each else ())]
        for value in values:
            assert not list(Schema(name, each).errors(value, strict=True)), f"{name}: {value}"


def test_examples_fit(typed: tuple[str, Schema]) -> None:
    _, schema = typed
    assert schema.data["examples"]
    for example in schema.data["examples"]:
        problems = [*params_problems(schema, example, NOWHERE)]
        problems += undo_problem(schema, example, NOWHERE)
        assert not problems, "\n".join(map(str, problems))


def test_named_parameters_exist(typed: tuple[str, Schema]) -> None:
    _, schema = typed
    data = schema.data
    named = [data["shorthand"]] if "shorthand" in data else []
    named += data.get("required", []) + data.get("reversible_by", [])
    named += data.get("unique_in_play", [])
    named += chain(*data.get("exclusive", ()), *data.get("requires_one", ()))
    for table in (data.get("only_when", {}), data.get("required_when", {})):
        named += [*table, *(key for each in table.values() for key in each)]
    named += data.get("only_with", {}).values()
    assert set(named) <= schema.properties.keys()
    assert set(data.get("only_with", {})) <= set(paths(data))


def paths(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, each in schema.get("properties", {}).items():
        yield prefix + name
        yield from paths(each, f"{prefix}{name}.")
        yield from paths(each.get("items", {}), f"{prefix}{name}[].")


def test_what_is_needed_has_no_default(typed: tuple[str, Schema]) -> None:
    """What is always there cannot be missing."""
    data = typed[1].data
    for name in [
        *chain(*data.get("requires_one", ())),
        *data.get("required", []),
        *data.get("required_when", {}),
    ]:
        assert "default" not in data["properties"][name], name


def test_no_type_is_an_envelope_key() -> None:
    for kind, name in TYPES:
        assert name not in WORDS.envelope[kind].properties


def test_envelope() -> None:
    known = KEYWORDS | {"later", "synonyms", "borrows"}
    for name, schema in WORDS.envelope.items():
        Draft202012Validator.check_schema(schema.data)
        assert all(set(each) <= known for each in below(schema.data)), name
        for key, each in properties(schema.data):
            assert each["description"].endswith("."), key
            assert each.keys() & {"examples", "default"}, key


def test_synonyms_lead_somewhere() -> None:
    """A synonym may wait for its step type, but not hide a word that there is."""
    for kind, schema in WORDS.envelope.items():
        own = {*schema.properties, *WORDS.paths.get(kind, ())}
        assert not own & schema.data["later"].keys()
        assert not own & schema.data["synonyms"].keys()


def test_the_combined_schema_takes_every_example() -> None:
    whole = Draft202012Validator(combine(WORDS))
    for kind, name in TYPES:
        for example in WORDS.schema(kind, name).data["examples"]:
            steps = (
                {"steps": [{name: example}]} if kind == "step" else {"verify": [{name: example}]}
            )
            assert not list(whole.iter_errors([{"hosts": "all", **steps}])), name


def test_the_combined_schema_takes_templates_and_short_forms() -> None:
    steps = [
        {"file": {"path": "{{ x }}", "state": "{{ y }}", "mode": "{{ z }}", "force": "{{ a }}"}},
        {"command": "ls", "when": True, "loop": "{{ users }}", "no_log": "{{ secret }}"},
    ]
    whole = Draft202012Validator(combine(WORDS))
    assert not list(whole.iter_errors([{"hosts": "all", "steps": steps}]))


@pytest.mark.parametrize(
    "step",
    [
        {"fiel": {}},
        {"file": {"path": "/x", "mod": "0644"}},
        {"file": {"path": "/x", "state": "presnt"}},
        {"file": {"path": "/x", "force": "yes"}},
        {"file": {"path": "/x", "mode": 644}},
        {"file": {}},
    ],
    ids=str,
)
def test_the_combined_schema_refuses(step: dict[str, Any]) -> None:
    whole = Draft202012Validator(combine(WORDS))
    assert list(whole.iter_errors([{"hosts": "all", "steps": [step]}]))


def test_the_combined_schema_is_plain() -> None:
    """Strict tools refuse keywords that they do not know."""
    combined = combine(WORDS)
    Draft202012Validator.check_schema(combined)
    plain = (
        (ANNOTATIONS - {"patternHint", "instead", "literal", "secret"})
        | STANDARD
        | {"$ref", "if", "then", "else"}
    )
    for definition in combined["$defs"].values():
        assert all(set(each) <= plain for each in below(definition))


@pytest.mark.parametrize("script", ["make-schemas", "make-docs"])
def test_current(script: str) -> None:
    command = [sys.executable, ROOT / "scripts" / script, "--check"]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, f"run scripts/{script}\n{result.stdout}{result.stderr}"


def test_a_page_for_each() -> None:
    for kind, name in TYPES:
        assert (ROOT / "docs" / f"{kind}s" / f"{name}.md").is_file()


def test_schema_files_are_json() -> None:
    for path in FILES:
        json.loads(path.read_text("utf-8"))
