"""What a person asked for on the command line, beside the playbook."""

from __future__ import annotations

from collections.abc import Mapping

from hardener.dataclass import dataclass, field
from hardener.fleet.compose.choice import Choice


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of a run on hosts; None means what the inventory and the play say."""

    inventory: tuple[str, ...] = ()
    limit: str | None = None
    choice: Choice = field(default_factory=Choice)
    extra_vars: Mapping[str, object] = field(default_factory=dict)
    allow_pipe: bool = False  # may templates run programs here?
    dry_run: bool = False
    looks_only: bool = False  # nothing may be written on a host, not even our own code
    forks: int = 16
    executor: str | None = None  # whose workers reach the hosts
    root: str | None = None
    user: str | None = None
    identity_file: str | None = None
    become: bool | None = None
    ssh_config: str | None = None
    accept_new: bool = False
    connect_timeout: float | None = None
    persist: float = 0  # seconds that connections outlast the command
    wait: float = 0.0
    confirm: str = "auto"  # or manual, off: what becomes of a change that could lock out
    confirm_within: float = 120.0
    profile: bool = False  # is everybody to say how long each part took?
    look_ahead: bool = True  # is a host asked whether the play would lock us out?
