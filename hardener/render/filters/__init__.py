"""Ansible's everyday filters, by their names there. Jinja's own come with jinja."""

from __future__ import annotations

import json
import os.path
from collections.abc import Callable, Mapping
from typing import Any

from hardener.render.filters import collections, comments, formats, regex, scalars
from hardener.render.password import password_hash

FILTERS: Mapping[str, Callable[..., Any]] = {
    "to_json": formats.to_json, "to_nice_json": formats.to_nice_json, "from_json": json.loads,
    "to_yaml": formats.to_yaml, "to_nice_yaml": formats.to_nice_yaml,
    "from_yaml": formats.from_yaml,
    "b64encode": formats.b64encode, "b64decode": formats.b64decode,
    "regex_replace": regex.regex_replace, "regex_search": regex.regex_search,
    "regex_findall": regex.regex_findall, "regex_escape": regex.regex_escape,
    "combine": collections.combine, "unique": collections.unique, "union": collections.union,
    "difference": collections.difference, "intersect": collections.intersect,
    "flatten": collections.flatten, "dict2items": collections.dict2items,
    "items2dict": collections.items2dict,
    "hash": scalars.digest, "quote": scalars.quote, "bool": scalars.to_bool,
    "ternary": scalars.ternary, "mandatory": scalars.mandatory, "comment": comments.comment,
    "password_hash": password_hash,
    "basename": os.path.basename, "dirname": os.path.dirname,
}  # fmt: skip
