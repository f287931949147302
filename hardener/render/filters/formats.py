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
    return str(yaml.safe_dump(plain(value), **given))


def to_nice_yaml(value: object, indent: int = 4, **options: Any) -> str:
    """Print YAML for people: one item a line."""
    given = {"allow_unicode": True, "default_flow_style": False, **options}
    return str(yaml.safe_dump(plain(value), indent=indent, **given))


def b64encode(value: object, encoding: str = "utf-8") -> str:
    """Encode text as base64 without line breaks."""
    return base64.b64encode(str(value).encode(encoding)).decode()


def b64decode(value: str, encoding: str = "utf-8") -> str:
    """Decode base64; what it holds must be text."""
    return base64.b64decode(value, validate=True).decode(encoding)


def from_yaml(value: str) -> Any:
    """Read YAML text."""
    return yaml.safe_load(value)
