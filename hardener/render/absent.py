"""What Ansible has and we do not, on purpose: what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PREFIXES = (
    *("ansible.builtin.", "ansible.utils.", "ansible.netcommon."),
    *("community.general.", "ansible.legacy."),
)
"""Collections whose names may be written out in full."""

_ON_WINDOWS = "hosts are Linux; `basename`, `dirname` and `splitext` are for them"

FILTERS: Mapping[str, str] = {
    "json_query": "write `selectattr('name', 'eq', x) | map(attribute='value')`",
    "vault": "encrypt what is to be secret beforehand: `harden vault encrypt-string`",
    "unvault": "a value below `!vault` is opened where it is used",
    "win_basename": _ON_WINDOWS,
    "win_dirname": _ON_WINDOWS,
    "win_splitdrive": _ON_WINDOWS,
    "random_mac": "draw it once, and write it into host_vars",
    "hashids_encode": "`to_uuid` or `hash` make a short name of a text",
    "jc": "`split`, `regex_search` and `from_json` read what a command prints",
    "from_csv": "`lookup('csvfile', …)` reads a file of the controller",
}
TESTS: Mapping[str, str] = {
    "finished": "a step is finished when the next one begins: there is no `async`",
    "started": "a step is finished when the next one begins: there is no `async`",
    "reachable": "a host that is not reached is none of the play",
    "unreachable": "a host that is not reached is none of the play",
    "timedout": "a `command` that takes longer than its `timeout` has failed",
}
LOOKUPS: Mapping[str, str] = {
    "url": "fetch it before, by `lookup('pipe', 'curl …')` with --allow-pipe, or keep it as a file",
    "random_string": "draw it once, and keep it: `harden vault encrypt-string`",
    "random_choice": "`list | random(seed=inventory_hostname)` gives the same at every run",
    "items": 'write `loop: "{{ list | flatten(1) }}"`',
    "flattened": "write `list | flatten`",
    "together": "write `first | zip(second)`",
    "nested": "write `first | product(second)`",
    "cartesian": "write `first | product(second)`",
    "subelements": "write `list | subelements('key')`",
    "indexed_items": "write `loop_control: {index_var: number}`",
    "inventory_hostnames": "write `groups['name']`",
    "config": "settings of Ansible have no meaning here",
    "unvault": "`lookup('file', …)` opens a vault",
}


def plain_name(name: str) -> str:
    """Leave out the collection that a name is written with."""
    prefix = next((each for each in PREFIXES if name.startswith(each)), "")
    return name.removeprefix(prefix)


def with_prefixes(names: Iterable[str]) -> dict[str, str]:
    """Return each name with every collection before it, and what it is short for."""
    return {prefix + name: name for name in names for prefix in PREFIXES}
