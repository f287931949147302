"""What a result (`register`) holds: as every one does, as its step type `returns`, and as a loop has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from hardener.playbook.nearest import did_you_mean, nearest
from hardener.resources import data_dir

if TYPE_CHECKING:
    from hardener.playbook.schemas import Language

Shape = Mapping[str, Any]
"""A JSON Schema; `{}` where nothing is known. `title` says what it is of."""
Key = str | int | None
"""An attribute or a place in a list; None where only a run tells which."""
ANYTHING: Shape = {}


@cache
def common() -> Mapping[str, Mapping[str, Shape]]:
    """Return what results hold whatever the step: of `every` one, of an `item` of a loop, of a `loop`."""
    words = json.loads((data_dir("schemas") / "results.json").read_bytes())
    found: Mapping[str, Mapping[str, Shape]] = words["$defs"]
    return found


def of_call(step: Mapping[str, Any], words: Language) -> Shape:
    """Return what the result of one call holds: that of a step, or of one item of its loop."""
    types = [name for name in step if name in words.paths["step"]]
    returns = words.schema("step", types[0]).data.get("returns") if len(types) == 1 else None
    if returns is None:
        return ANYTHING  # of a plugin that does not say
    title = f"the result of `{types[0]}`"
    return {"title": title, "properties": {**common()["every"], **returns, **_of_item(step)}}


def of_step(step: Mapping[str, Any], words: Language) -> Shape:
    """Return what `register` keeps of a step."""
    call = of_call(step, words)
    if "loop" not in step:
        return call
    loop = common()["loop"]
    results = {**loop["results"], "items": call}
    return {"title": "the result of a loop", "properties": {**loop, "results": results}}


def names_of_loop(step: Mapping[str, Any]) -> list[str]:
    """Name the variables that a loop gives."""
    control = step.get("loop_control") if "loop" in step else {}
    control = control if isinstance(control, Mapping) else {}
    named = [control.get("loop_var", "item")] if "loop" in step else []
    return [name for name in (*named, control.get("index_var")) if isinstance(name, str)]


def _of_item(step: Mapping[str, Any]) -> Mapping[str, Shape]:
    if "loop" not in step:
        return {}
    return {**common()["item"], **dict.fromkeys(names_of_loop(step), ANYTHING)}


def wrong(shapes: Sequence[Shape], keys: Sequence[Key]) -> tuple[int, Sequence[Shape]] | None:
    """Follow attributes into these shapes; where one is not there, return how many are, and what that is."""
    for index, key in enumerate(keys):
        inner = [found for shape in shapes for found in _below(shape, key)]
        if not inner:
            return index, shapes
        shapes = inner
    return None


def at(shapes: Sequence[Shape], keys: Sequence[Key]) -> list[Shape]:
    """Return what stands there."""
    found = list(shapes)
    for key in keys:
        found = [inner for shape in found for inner in _below(shape, key)]
    return found


def _below(shape: Shape, key: Key) -> Iterator[Shape]:
    if "properties" in shape and isinstance(key, str):
        if key in shape["properties"] or hasattr(dict, key):
            yield shape["properties"].get(key, ANYTHING)
    elif shape.get("type") == "array" and isinstance(key, str):
        if hasattr(list, key):
            yield ANYTHING
    else:
        yield shape.get("items", ANYTHING) if isinstance(key, int) else ANYTHING


def advice(name: str, shapes: Sequence[Shape], key: str) -> str:
    """Say what stands at `name`, which has no such key: the nearest one, or where it is found."""
    known = list(dict.fromkeys(each for shape in shapes for each in shape.get("properties", ())))
    if near := did_you_mean(key, known):
        return near
    lists = [shape for shape in shapes if shape.get("type") == "array"]
    if lists:
        return f"it is a list: write `{name}[0].{key}`, or loop over it"
    of_item = [name for each in at(shapes, ["results", 0]) for name in each.get("properties", ())]
    if found := nearest(key, of_item):
        return f"of each item that is in the list `{name}.results`: `{name}.results[0].{found}`"
    return f"it has {', '.join(known)}"
