"""Write the manual page of a step type or check from its schema, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from hardener.playbook.schemas import Language, Schema

REVERSE = {
    "exact": "A rollback puts everything back exactly.",
    "best effort": "A rollback puts back what it can and lists what it could not.",
    "irreversible": "A rollback cannot undo it by itself.",
}
WHERE = {
    "step": "",
    "check": "Goes below `preflight:` or `verify:` of a play or a step; "
    "`name`, `retries` and `delay` may stand beside it.",
}


def page(schema: Schema, kind: str) -> str:
    """Return the page of one step type (`step`) or check (`check`)."""
    data = schema.data
    parts = [
        f"# {schema.name}",
        f"{schema.summary}.",
        data.get("description", ""),
        WHERE[kind] or REVERSE.get(data.get("reverse", ""), ""),
        "## Parameters",
        "\n".join(_table(schema)),
        "\n".join(f"- {rule}" for rule in _rules(schema.name, data)),
        *_returned(data),
        "## Examples",
        _examples(schema),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def listing(words: Language, kind: str) -> str:
    """Return one line for each step type or check."""
    names = words.names(kind)
    width = max(map(len, names), default=0)
    return "\n".join(f"  {name:<{width}}  {words.schema(kind, name).summary}" for name in names)


def _table(schema: Schema) -> Iterator[str]:
    yield "| parameter | type | default | |"
    yield "|---|---|---|---|"
    for path, each, needed in _rows(schema.data, ""):
        name = f"**`{path}`**" if needed else f"`{path}`"
        default = _code(each["default"]) if "default" in each else "required" if needed else ""
        yield f"| {name} | {kind(each)} | {default} | {_cell(each.get('description', ''))} |"


def _returned(data: dict[str, Any]) -> Iterator[str]:
    """Say what `register` keeps, where that is more than of every step."""
    if data.get("returns"):
        yield "## What it returns"
        yield "`register` keeps, beside [what every result has](../playbooks.md#results):"
        rows = (
            f"| `{name}` | {kind(each)} | {_cell(each['description'])} |"
            for name, each in data["returns"].items()
        )
        yield "\n".join(["| | type | |", "|---|---|---|", *rows])


def _rows(schema: dict[str, Any], prefix: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield prefix + name, each, name in required
        yield from _rows(each, f"{prefix}{name}.")
        for form in each.get("anyOf", ()):
            yield from _rows(form, f"{prefix}{name}.")
        if isinstance(each.get("items"), dict):
            yield from _rows(each["items"], f"{prefix}{name}[].")
        if isinstance(each.get("additionalProperties"), dict):
            yield from _rows(each["additionalProperties"], f"{prefix}{name}.*.")


def kind(schema: dict[str, Any]) -> str:
    """Name the type of a parameter in plain words."""
    if "enum" in schema:
        return " \\| ".join(_code(each) for each in schema["enum"])
    if "const" in schema:
        return _code(schema["const"])
    if "anyOf" in schema:
        return " or ".join(map(kind, schema["anyOf"]))
    types = schema.get("type", "")
    names = [types] if isinstance(types, str) else types
    return " or ".join(KINDS.get(each, str(each)) for each in names)


KINDS = {
    "string": "text",
    "integer": "number",
    "boolean": "true/false",
    "array": "list",
    "object": "mapping",
}


def _rules(type_name: str, data: dict[str, Any]) -> Iterator[str]:
    if "shorthand" in data:
        yield f"`{type_name}: …` is short for `{type_name}: {{{data['shorthand']}: …}}`."
    for group in data.get("requires_one", ()):
        yield f"One of {_listed(group)} is needed."
    for group in data.get("exclusive", ()):
        yield f"Only one of {_listed(group)} can be given."
    for name, conditions in data.get("only_when", {}).items():
        yield f"`{name}` goes only with {_conditions(conditions)}."
    for other in sorted(set(data.get("only_with", {}).values())):
        names = [name for name, needed in data["only_with"].items() if needed == other]
        yield f"{_listed(names)} {'go' if len(names) > 1 else 'goes'} only with `{other}`."
    for name, conditions in data.get("required_when", {}).items():
        yield f"`{name}` is needed with {_conditions(conditions)}."


def _conditions(conditions: dict[str, list[Any]]) -> str:
    listed = (f"`{key}: {each}`" for key, values in conditions.items() for each in values)
    return " or ".join(listed)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _examples(schema: Schema) -> str:
    steps = [[{schema.name: each}] for each in schema.data.get("examples", ())]
    texts = (
        yaml.dump(step, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
        for step in steps
    )
    return "```yaml\n" + "\n".join(texts) + "```"


class _Dumper(yaml.SafeDumper):
    """Writes YAML as people do: lists indented, blocks for lines, double quotes."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if text[:1].isdigit() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def _code(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("...\n")
    return f"`{_cell(text.strip())}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
