"""Which hosts a pattern means: `web:&prod:!old`, globs, `~regex`, `web[0:2]`, `@file`, `all`.

First the plain parts add hosts, then each `&` keeps, then each `!` takes away, whatever their
order. A plain name that nothing has is an error even after `!`: an exclusion with a typing
mistake would let in what was to be kept out.
"""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hardener.errors import UsageError
from hardener.inventory.nearest import did_you_mean
from hardener.inventory.ranges import is_ipv6

if TYPE_CHECKING:
    from hardener.inventory.model import Host, Inventory

_LOCALHOST = ("localhost", "127.0.0.1", "::1")
_PART = re.compile(r"(?:[^\s:\[\]]|\[[^\]]*\])+")
_SUBSCRIPT = re.compile(r"(.+)\[(?:(-?\d+)|(\d+):(\d*))\]")


def match(inventory: Inventory, pattern: str) -> list[Host]:
    """Return the hosts in the order of the pattern, each once."""
    parts = list(_from_files(split(pattern)))
    chosen: dict[str, Host] = {}
    for part in [part for part in parts if part[0] not in "&!"] or ["all"]:
        chosen |= {host.name: host for host in _one(inventory, part)}
    for part in [part for part in parts if part[0] == "&"]:
        kept = {host.name for host in _one(inventory, part[1:])}
        chosen = {name: host for name, host in chosen.items() if name in kept}
    for part in [part for part in parts if part[0] == "!"]:
        for host in _one(inventory, part[1:]):
            chosen.pop(host.name, None)
    return list(chosen.values())


def split(pattern: str) -> list[str]:
    """Split at commas, or at colons that belong to no range, address or regex."""
    if "," in pattern:
        parts = pattern.split(",")
    elif is_ipv6(pattern.lstrip("&!")) or pattern.startswith(("~", "@")):
        parts = [pattern]
    else:
        parts = _PART.findall(pattern)
    return [part.strip() for part in parts if part.strip()]


def _from_files(parts: list[str]) -> list[str]:
    """Replace `@file` by the file's lines, as if they stood in the pattern."""
    found: list[str] = []
    for part in parts:
        found += _lines(part[1:]) if part.startswith("@") else [part]
    return found


def _lines(path: str) -> list[str]:
    try:
        lines = Path(path).expanduser().read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            f"@{path}: {error.strerror}", hint="@FILE names a file of hosts"
        ) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _one(inventory: Inventory, part: str) -> list[Host]:
    if part.startswith("@"):  # after & or !: the file's lines together
        return match(inventory, ",".join(_lines(part[1:])))
    if part in inventory.hosts:
        return [inventory.hosts[part]]
    subscript = None if part.startswith("~") else _SUBSCRIPT.fullmatch(part)
    if not subscript:
        return _named(inventory, part)
    hosts = _named(inventory, subscript[1])
    if subscript[2]:
        index = int(subscript[2])
        if not -len(hosts) <= index < len(hosts):
            raise UsageError(f"{part}: {subscript[1]} has {len(hosts)} hosts, counted from 0")
        return [hosts[index]]
    last = int(subscript[4]) + 1 if subscript[4] else len(hosts)
    return hosts[int(subscript[3]) : last]


def _named(inventory: Inventory, part: str) -> list[Host]:
    expression = _expression(part)
    names = dict.fromkeys(
        name
        for group in inventory.groups
        if expression.match(group)
        for name in inventory.members(group)
    )
    wild = part.startswith("~") or any(sign in part for sign in "?*[")
    if wild or part not in inventory.groups:
        names |= dict.fromkeys(name for name in inventory.hosts if expression.match(name))
    if not names and not wild and part not in inventory.groups:
        return _implicit(inventory, part)
    return [inventory.hosts[name] for name in names]


def _implicit(inventory: Inventory, part: str) -> list[Host]:
    if part in _LOCALHOST:
        named = [inventory.hosts[name] for name in _LOCALHOST if name in inventory.hosts]
        return [*named, inventory.localhost][:1]
    if part == "all":
        return []
    known = [*inventory.groups, *inventory.hosts, "localhost"]
    why = "" if inventory.hosts else "the inventory has no hosts: give one with -i"
    raise UsageError(
        f"no host or group is called {part!r}", why=why, hint=did_you_mean(part, known)
    )


def _expression(part: str) -> re.Pattern[str]:
    try:
        return re.compile(part[1:] if part.startswith("~") else fnmatch.translate(part))
    except re.error as error:
        raise UsageError(f"{part}: {error}", hint="~ starts a regular expression") from error
