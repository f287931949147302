"""Which function turns which module; each takes Arguments and returns a step type with parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hardener.ansible.arguments import Arguments, Turned
from hardener.ansible.modules import (
    accounts,
    checks,
    commands,
    files,
    git,
    mounts,
    packages,
    pip,
    schedule,
    services,
    texts,
)

Turn = Callable[[Arguments], Turned]

MODULES: Mapping[str, Turn] = {
    **files.MODULES,
    **texts.MODULES,
    **services.MODULES,
    **schedule.MODULES,
    **packages.MODULES,
    **commands.MODULES,
    **checks.MODULES,
    **accounts.MODULES,
    **git.MODULES,
    **pip.MODULES,
    **mounts.MODULES,
}
COLLECTIONS = ("ansible.builtin", "ansible.legacy", "ansible.posix", "community.general")


def short(name: str) -> str:
    """Return a module's name without the collections that we know."""
    collection, _, last = name.rpartition(".")
    return last if collection in COLLECTIONS else name
