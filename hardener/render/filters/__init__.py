"""Ansible's everyday filters, by their names there. Jinja's own come with jinja."""

from __future__ import annotations

import json
import os.path
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hardener.render.filters import (
    addresses,
    collections,
    comments,
    formats,
    names,
    numbers,
    pairs,
    regex,
    scalars,
    times,
)
from hardener.render.password import password_hash

FILTERS: Mapping[str, Callable[..., Any]] = {
    "to_json": formats.to_json, "to_nice_json": formats.to_nice_json, "from_json": json.loads,
    "to_yaml": formats.to_yaml, "to_nice_yaml": formats.to_nice_yaml,
    "from_yaml": formats.from_yaml, "from_yaml_all": formats.from_yaml_all,
    "b64encode": formats.b64encode, "b64decode": formats.b64decode,
    "regex_replace": regex.regex_replace, "regex_search": regex.regex_search,
    "regex_findall": regex.regex_findall, "regex_escape": regex.regex_escape,
    "combine": collections.combine, "unique": collections.unique, "union": collections.union,
    "difference": collections.difference, "intersect": collections.intersect,
    "symmetric_difference": collections.symmetric_difference,
    "flatten": collections.flatten, "dict2items": collections.dict2items,
    "items2dict": collections.items2dict,
    "zip": pairs.zipped, "zip_longest": pairs.zip_longest, "product": pairs.product,
    "permutations": pairs.permutations, "combinations": pairs.combinations,
    "extract": pairs.extract, "subelements": pairs.subelements,
    "rekey_on_member": pairs.rekey_on_member, "type_debug": pairs.type_debug,
    "hash": scalars.digest, "checksum": scalars.digest, "sha1": scalars.digest,
    "md5": partial(scalars.digest, algorithm="md5"),
    "quote": scalars.quote, "bool": scalars.to_bool, "split": scalars.split,
    "ternary": scalars.ternary, "mandatory": scalars.mandatory, "comment": comments.comment,
    "password_hash": password_hash,
    "human_readable": numbers.human_readable, "human_to_bytes": numbers.human_to_bytes,
    "log": numbers.log, "pow": numbers.power, "root": numbers.root,
    "random": numbers.random, "shuffle": numbers.shuffle,
    "strftime": times.strftime, "to_datetime": times.to_datetime, "to_uuid": times.to_uuid,
    "basename": os.path.basename, "dirname": os.path.dirname, "splitext": os.path.splitext,
    "expanduser": os.path.expanduser, "expandvars": os.path.expandvars,
    "realpath": os.path.realpath, "normpath": os.path.normpath, "relpath": names.relpath,
    "path_join": names.path_join, "commonpath": names.commonpath, "fileglob": names.fileglob,
    "urlsplit": names.split_url, "urldecode": names.urldecode,
    "ipaddr": addresses.ipaddr, "ipv4": addresses.ipv4, "ipv6": addresses.ipv6,
    "ipwrap": addresses.ipwrap, "ipsubnet": addresses.ipsubnet, "nthhost": addresses.nthhost,
    "reduce_on_network": addresses.reduce_on_network,
    "dict": pairs.to_dict, "dict_kv": pairs.dict_kv, "counter": pairs.counter,
    "lists_mergeby": pairs.lists_mergeby, "keep_keys": pairs.keep_keys,
    "remove_keys": pairs.remove_keys, "version_sort": scalars.version_sort,
}  # fmt: skip
