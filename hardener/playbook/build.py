"""Make the model of a document in which `validate` found nothing wrong."""

from __future__ import annotations

from typing import Any

from hardener.inventory.marked import Vaulted
from hardener.playbook.marks import Document, Place
from hardener.playbook.model import Check, Condition, LoopControl, Play, Playbook, Step
from hardener.playbook.references import texts
from hardener.playbook.schemas import Language

ATTEMPTS_OF_UNTIL = 3


def build(document: Document, words: Language) -> Playbook:
    """Return the playbook of a valid document."""
    top = Place(document)
    plays = (_play(data, top / index, words) for index, data in enumerate(document.data))
    return Playbook(document.file, tuple(plays))


def _play(data: dict[str, Any], place: Place, words: Language) -> Play:
    filled = words.envelope["play"].fill(data)
    hosts = ",".join(texts(filled["hosts"]))
    lists = {
        "serial": tuple(_listed(filled.get("serial"))),
        "tags": _tags(filled["tags"]),
        "vars_files": tuple(filled["vars_files"]),
        "environment": _environment(filled["environment"]),
        "max_fail_percentage": filled.get("max_fail_percentage"),
    }
    parts = _checks(filled, place, words) | _steps(filled, place, words)
    named = {"name": filled.get("name", hosts), "hosts": hosts, "place": place}
    return Play(**{**filled, **lists, **parts, **named})


def _steps(data: dict[str, Any], place: Place, words: Language) -> dict[str, Any]:
    count = len(data["steps"])
    return {
        name: tuple(
            _step(step, first + index, place / name / index, words)
            for index, step in enumerate(data[name])
        )
        for name, first in (("steps", 1), ("handlers", count + 1))
    }


def _step(data: dict[str, Any], number: int, place: Place, words: Language) -> Step:
    schema = words.envelope["step"]
    own = schema.fill({key: value for key, value in data.items() if key in schema.properties})
    (kind,) = (key for key in data if key not in own)
    type_schema = words.schema("step", kind)
    conditions: dict[str, Any] = {
        key: condition(own.get(key)) for key in ("when", "changed_when", "failed_when", "until")
    }
    lists: dict[str, Any] = {
        key: tuple(texts(own[key])) for key in ("notify", "listen", "controls")
    }
    optional: dict[str, Any] = {
        key: own.get(key) for key in ("register", "become", "become_user", "risk")
    }
    return Step(
        number=number,
        name=own.get("name", kind),
        type=kind,
        params=type_schema.expand(data[kind]),
        loop=tuple(own["loop"]) if isinstance(own.get("loop"), list) else own.get("loop"),
        loop_control=LoopControl(**own.get("loop_control", {})),
        tags=_tags(own["tags"]),
        vars=own["vars"],
        ignore_errors=own["ignore_errors"],
        retries=own.get("retries", ATTEMPTS_OF_UNTIL if conditions["until"] else 0),
        delay=own["delay"],
        no_log=own["no_log"],
        environment=_environment(own["environment"]),
        why=own.get("why", ""),
        place=place,
        **conditions,
        **lists,
        **optional,
        **_checks(own, place, words),
    )


def _checks(data: dict[str, Any], place: Place, words: Language) -> dict[str, Any]:
    return {
        name: tuple(
            _check(check, place / name / index, words) for index, check in enumerate(data[name])
        )
        for name in ("preflight", "verify")
    }


def _check(data: dict[str, Any], place: Place, words: Language) -> Check:
    schema = words.envelope["check"]
    own = schema.fill({key: value for key, value in data.items() if key in schema.properties})
    (kind,) = (key for key in data if key not in own)
    type_schema = words.schema("check", kind)
    params = type_schema.expand(data[kind])
    return Check(**{"name": kind, **own}, type=kind, params=params, place=place)


def condition(value: Any) -> Condition:
    """Return the parts of a condition, all of which must hold."""
    return tuple(_listed(value))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _tags(value: Any) -> tuple[str, ...]:
    return tuple(tag.strip() for text in texts(value) for tag in text.split(","))


def _environment(value: dict[str, Any]) -> dict[str, Any]:
    return {name: text if isinstance(text, Vaulted) else str(text) for name, text in value.items()}
