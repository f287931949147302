"""One value as `!vault |`, to be put into a file of variables."""

from __future__ import annotations

_INDENT = " " * 10


def tagged(vault: bytes, name: str = "") -> str:
    """Write a vault as YAML, under its name if it has one."""
    head = f"{name}: !vault |" if name else "!vault |"
    lines = vault.decode("ascii").splitlines()
    return "\n".join([head, *(_INDENT + line for line in lines)])
