"""Which hosts a command is for, and the way in to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hardener.connect import Target
from hardener.dataclass import replace
from hardener.errors import UsageError
from hardener.fleet.options import Options
from hardener.inventory import Connection, Host, Inventory, load
from hardener.render.variables import connection_for


def inventory_for(
    options: Options, playbook_dir: Path | None = None, *, patient: bool = False
) -> Inventory:
    """Load the inventory; without one, `all` is this machine. `patient`: vaults may stay closed."""
    return load(options.inventory, playbook_dir=playbook_dir, patient=patient)


def select(inventory: Inventory, pattern: str, options: Options) -> tuple[Host, ...]:
    """Return the hosts of a pattern; says to give `-i` where only an inventory could know it."""
    if not options.inventory:
        if pattern == "all":
            return (inventory.localhost,)
        try:
            return inventory.select(pattern, options.limit)
        except UsageError as error:
            hint = f"give an inventory that has {pattern} (-i hosts.yml), or write `hosts: all`"
            raise UsageError(f"there is no inventory to find {pattern} in", hint=hint) from error
    return inventory.select(pattern, options.limit)


def still_there(inventory: Inventory, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split the hosts of a run into those that the inventory has, and those that it has no more."""
    known = {*inventory.hosts, inventory.localhost.name}
    there = [name for name in names if name in known]
    return there, [name for name in names if name not in known]


def target(
    host: Host, options: Options, variables: Mapping[str, object], become: bool, become_user: str
) -> Target:
    """Join what the inventory, the play and the command line say of the way in."""
    way = connection_for(host, variables)
    root = options.root or way.root
    asked = options.become if options.become is not None else way.become
    return Target(
        name=host.name,
        kind="local" if root else way.kind,
        address=way.address,
        port=way.port,
        user=options.user or way.user,
        identity_file=options.identity_file or way.identity_file,
        become=(become if asked is None else asked) and not root,
        become_user=way.become_user or become_user,
        become_method=way.become_method,
        python=way.python,
        root=str(Path(root).absolute()) if root else None,
        looks_only=options.looks_only,
        proxy_jump=way.proxy_jump,
        ssh_config=options.ssh_config,
        accept_new=options.accept_new,
        connect_timeout=options.connect_timeout,
        ssh_args=way.ssh_args,
        persist=0 if root or way.kind == "local" else options.persist,
        password=way.password,
        become_password=way.become_password,
    )


def ways(old: Target, via: Mapping[str, Any]) -> tuple[Target, ...]:
    """Return the ways by which a fresh login may confirm: the one that the play names, and the old one."""
    return (replace(old, **via), old) if via else (old,)


__all__ = ["Connection", "inventory_for", "select", "still_there", "target"]
