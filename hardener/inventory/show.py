"""What `harden inventory` prints: the JSON and the tree that `ansible-inventory` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date

from hardener.errors import UsageError
from hardener.hiding import MASK
from hardener.inventory.marked import Opened, Unsafe, Vaulted
from hardener.inventory.model import Inventory
from hardener.inventory.nearest import did_you_mean


def as_list(inventory: Inventory) -> dict[str, object]:
    """Return the document of `--list`: groups, and every host's variables under _meta."""
    groups = {group.name: _group(inventory, group.name) for group in inventory.below("all")}
    hosts = (inventory.hosts[name] for name in inventory.members("all"))
    hostvars = {host.name: plain(host.vars) for host in hosts if host.vars}
    return {
        "_meta": {"hostvars": hostvars},
        **{name: body for name, body in groups.items() if body},
    }


def _group(inventory: Inventory, name: str) -> dict[str, object]:
    group = inventory.groups[name]
    body = {"hosts": group.hosts if name != "all" else (), "children": group.children}
    return {key: list(names) for key, names in body.items() if names}


def as_host(inventory: Inventory, name: str) -> object:
    """Return the variables of one host, the implicit localhost included."""
    try:
        return plain(inventory.host(name).vars)
    except KeyError:
        hint = did_you_mean(name, inventory.hosts)
        raise UsageError(f"no host is called {name!r}", hint=hint) from None


def as_graph(inventory: Inventory, group: str = "all", variables: bool = False) -> str:
    """Draw a group with all that is in it; `variables`: those of hosts and groups too."""
    if group not in inventory.groups:
        hint = did_you_mean(group, inventory.groups)
        raise UsageError(f"no group is called {group!r}", hint=hint)
    return "\n".join(_tree(inventory, group, 0, variables))


def _tree(inventory: Inventory, name: str, depth: int, variables: bool) -> Iterator[str]:
    group = inventory.groups[name]
    yield _branch(f"@{name}:", depth)
    for child in group.children:
        yield from _tree(inventory, child, depth + 1, variables)
    for host in group.hosts if name != "all" else ():
        yield _branch(host, depth + 1)
        if variables:
            yield from _variables(inventory.hosts[host].vars, depth + 2)
    if variables:
        own = {"ansible_group_priority": group.priority} if group.priority != 1 else {}
        yield from _variables({**group.vars, **own}, depth + 1)


def _variables(given: Mapping[str, object], depth: int) -> Iterator[str]:
    """Draw variables by name, their values as Python writes them; nothing of what is in a vault."""
    for name, value in sorted(given.items()):
        hidden = isinstance(value, (Opened, Vaulted))
        yield _branch(f"{{{name} = {MASK if hidden else value}}}", depth)


def _branch(text: str, depth: int) -> str:
    return "  |" * depth + f"--{text}" if depth else text


def plain(value: object) -> object:
    """Turn values that JSON does not know into what `ansible-inventory` prints for them."""
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, Vaulted):
        return {"__ansible_vault": value.ciphertext}
    if isinstance(value, Opened):
        return MASK
    if isinstance(value, Unsafe):
        return {"__ansible_unsafe": str(value)}
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value.isoformat() if isinstance(value, date) else value


def _key(key: object) -> str:
    """Write a key as JSON does: `true` for True; all of one type can be sorted."""
    return key if isinstance(key, str) else json.dumps(plain(key))
