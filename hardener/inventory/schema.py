"""The schema of inventories, from the table of words: `scripts/make-schemas` writes schemas/inventory.json.

It is for editors. Ansible's inventories hold more than it names, so it forbids nothing among
variables; in a group only `hosts`, `vars` and `children` have a meaning.
"""

from __future__ import annotations

from hardener.inventory.words import WORDS, Word

# Ansible takes a port written as text, and `become: "yes"`.
_TYPES: dict[str, object] = {
    "string": "string",
    "integer": ["integer", "string"],
    "boolean": ["boolean", "string"],
}


def build() -> dict[str, object]:
    """Return the JSON Schema of YAML inventories."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hardener inventory",
        "description": "Hosts and groups, in the form of Ansible's YAML inventories.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"$ref": "#/$defs/group"},
        "$defs": {"group": _group(), "variables": _variables()},
    }


def _group() -> dict[str, object]:
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "hosts": {
                "description": "Names as keys; web[01:03] and db[a:c:2] are ranges, host:2022 "
                "gives the port.",
                "type": ["object", "string", "null"],
                "additionalProperties": {"$ref": "#/$defs/variables"},
            },
            "vars": {"$ref": "#/$defs/variables"},
            "children": {
                "description": "Groups in this group.",
                "type": ["object", "string", "null"],
                "additionalProperties": {"$ref": "#/$defs/group"},
            },
        },
    }


def _variables() -> dict[str, object]:
    names = {name: word for word in WORDS for name in (word.short, *word.ansible) if name}
    return {
        "description": "Variables of a host or a group; these say how to reach it.",
        "type": ["object", "null"],
        "properties": {name: _property(word) for name, word in sorted(names.items())},
    }


def _property(word: Word) -> dict[str, object]:
    return {"description": word.description, "type": _TYPES[word.type]}
