"""A host as the inventory names it: how to reach it, and as whom to work there."""

from __future__ import annotations

from typing import Literal

from hardener.dataclass import dataclass, field

# By paramiko, or by the ssh program where paramiko lacks something; by one of them; on this machine.
Kind = Literal["ssh", "openssh", "paramiko", "local"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One host; None means what ssh_config, or else OpenSSH's default, says.

    `address` may be an alias from ssh_config and is `name` where empty. `root` is a folder that
    stands for `/` (an unbooted tree). `looks_only`: nothing is written there, our code stays in
    memory. `proxy_jump` is a list as `ssh -J` takes it, or "none";
    `ssh_args` are more arguments for ssh. `persist`: seconds that the connection outlasts its use, by
    the ssh program; `anew`: no connection that is open already may be used.
    The passwords are those that the inventory holds.
    """

    name: str
    kind: Kind = "ssh"
    address: str = ""
    port: int | None = None
    user: str | None = None
    identity_file: str | None = None
    become: bool = False
    become_user: str = "root"
    become_method: Literal["sudo", "doas"] = "sudo"
    python: str | None = None
    root: str | None = None
    looks_only: bool = False
    proxy_jump: str | None = None
    ssh_config: str | None = None
    accept_new: bool = False
    connect_timeout: float | None = None
    ssh_args: tuple[str, ...] = ()
    persist: float = 0
    anew: bool = False
    password: str | None = field(default=None, repr=False)
    become_password: str | None = field(default=None, repr=False)

    @property
    def destination(self) -> str:
        """What `ssh` would be given."""
        return self.address or self.name
