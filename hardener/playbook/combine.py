"""Make the one schema of whole playbooks, for editors and for ordinary JSON Schema tools.

It is the envelope with every step type and check in its place. It is more patient than
`validate`: where a number is meant it lets a template pass, and it knows none of our own
keywords, so what it refuses is wrong, but not all that is wrong is refused.
"""

from __future__ import annotations

from typing import Any

from hardener.playbook.schemas import CHECKS, Language

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "hardener playbook"
OWN = {
    *(
        "$schema",
        "summary",
        "reverse",
        "shorthand",
        "patternHint",
        "instead",
        "literal",
        "later",
    ),
    *("synonyms", "exclusive", "requires_one", "only_when", "only_with", "required_when"),
    *("unique_in_play", "secret", "reversible_by", "brings", "handlers_only", "as_user", "borrows"),
    "returns",
}
TEMPLATE = r"\{[{%]"
LISTS = {
    **dict.fromkeys(("steps", "handlers", "block", "rescue", "always"), "entry"),
    **dict.fromkeys(CHECKS, "check"),
}


def combine(words: Language) -> dict[str, Any]:
    """Return the schema of a playbook, with all step types and checks of this installation."""
    definitions = {kind: _envelope(words, kind) for kind in words.envelope}
    definitions["entry"] = _chosen(words, ["block", "include", "role", "include_vars"], "step")
    for kind in ("step", "check"):
        for name in words.names(kind):
            definitions[f"{kind}-{name}"] = _type(words.schema(kind, name).data)
    return {
        "$schema": DRAFT,
        "title": TITLE,
        "description": "A list of plays.",
        "type": "array",
        "items": _chosen(words, ["import_playbook"], "play"),
        "$defs": definitions,
    }


def _chosen(words: Language, groups: list[str], other: str) -> dict[str, Any]:
    """Return the schema of what is one of these groups if it has the key of that name.

    The keys themselves stand there so that an editor offers them before one is typed.
    """
    schema: dict[str, Any] = {"$ref": f"#/$defs/{other}"}
    for name in reversed(groups):
        has: dict[str, Any] = {"type": "object", "required": [name]}
        if name == "block":  # with a mapping, it is a step type
            has["properties"] = {name: {"type": "array"}}
        schema = {"if": has, "then": {"$ref": f"#/$defs/{name}"}, "else": schema}
    told = {name: {"description": words.envelope[name].data["description"]} for name in groups}
    return {"properties": told, **schema}


def _envelope(words: Language, kind: str) -> dict[str, Any]:
    data: dict[str, Any] = patient(words.envelope[kind].data)
    for name, items in LISTS.items():
        if name in data["properties"]:
            data["properties"][name] = {
                **data["properties"][name],
                "items": {"$ref": f"#/$defs/{items}"},
            }
    for name in words.paths.get(kind, ()):
        data["properties"][name] = {"$ref": f"#/$defs/{kind}-{name}"}
    return data


def _type(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type's parameters, which may be in the short form."""
    data: dict[str, Any] = patient(schema)
    data["description"] = "\n\n".join(
        f"{schema[name].rstrip('.')}." for name in ("summary", "description") if name in schema
    )
    kinds = ["object"]
    if not schema.get("required") and not schema.get("requires_one"):
        kinds.append("null")
    short = schema.get("shorthand")
    if short:
        kinds += _kinds(schema["properties"][short])
    data["type"] = list(dict.fromkeys(kinds)) if len(kinds) > 1 else "object"
    return data


def patient(schema: Any) -> Any:
    """Copy a schema without our own keywords; below its top, a template fits everywhere."""
    plain = {name: value for name, value in schema.items() if name not in OWN}
    for name in ("properties", "patternProperties"):
        if name in plain:
            plain[name] = {key: _or_template(each) for key, each in plain[name].items()}
    if "propertyNames" in plain:
        plain["propertyNames"] = patient(plain["propertyNames"])
    for name in ("items", "additionalProperties"):
        if isinstance(plain.get(name), dict):
            plain[name] = _or_template(plain[name])
    return plain


def _or_template(schema: dict[str, Any]) -> dict[str, Any]:
    data = dict(patient(schema))
    if schema.get("literal"):
        return data
    if "enum" in data:
        data["anyOf"] = [{"enum": data.pop("enum")}]
    if "anyOf" in data:
        data["anyOf"] = [*map(patient, data["anyOf"]), {"type": "string", "pattern": TEMPLATE}]
        return data
    kinds = _kinds(data)
    if "pattern" in data:
        data["pattern"] = f"(?:{data['pattern']})|{TEMPLATE}"
    elif kinds and "string" not in kinds:
        data["pattern"] = TEMPLATE
    if kinds and "string" not in kinds:
        data["type"] = [*kinds, "string"]
    return data


def _kinds(schema: dict[str, Any]) -> list[str]:
    """List the types that a schema allows."""
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)
