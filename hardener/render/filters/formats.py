"""Filters from and to JSON, YAML and base64."""

from __future__ import annotations

import base64
import json
from typing import Any

import yaml

from hardener.render.plain import plain


def to_json(value: object, **options: Any) -> str:
    """Print JSON on one line."""
    return json.dumps(plain(value), **options)


def to_nice_json(value: object, indent: int = 4, sort_keys: bool = True, **options: Any) -> str:
    """Print JSON for people: indented, sorted."""
    return json.dumps(plain(value), indent=indent, sort_keys=sort_keys, **options)


def to_yaml(value: object, **options: Any) -> str:
    """Print YAML; innermost lists and mappings stay on one line."""
    given = {"allow_unicode": True, "default_flow_style": None, **options}
    return _dumped(value, given)


def to_nice_yaml(value: object, indent: int = 4, **options: Any) -> str:
    """Print YAML for people: one item a line."""
    given = {"allow_unicode": True, "default_flow_style": False, **options}
    return _dumped(value, {"indent": indent, **given})


def _dumped(value: object, options: dict[str, Any]) -> str:
    """Print YAML; a value that is neither list nor mapping without a mark for its end."""
    return str(yaml.safe_dump(plain(value), **options)).removesuffix("...\n")


def b64encode(value: object, encoding: str = "utf-8") -> str:
    """Encode text as base64 without line breaks."""
    return base64.b64encode(str(value).encode(encoding)).decode()


def b64decode(value: str, encoding: str = "utf-8") -> str:
    """Decode base64; what it holds must be text."""
    return base64.b64decode(value, validate=True).decode(encoding)


def from_yaml_all(value: str) -> list[Any]:
    """Read all documents of YAML text."""
    return list(yaml.safe_load_all(value))


def from_yaml(value: str) -> Any:
    """Read YAML text."""
    return yaml.safe_load(value)
