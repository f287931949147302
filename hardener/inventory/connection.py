"""The way in to one host, from its variables."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from typing import Literal

from hardener.dataclass import dataclass, field
from hardener.errors import HardenerError
from hardener.inventory.marked import Vaulted
from hardener.inventory.words import ANSIBLE_NAMES, WORDS, Word

Kind = Literal["ssh", "openssh", "paramiko", "local"]
Method = Literal["sudo", "doas"]
_KINDS: Mapping[str, Kind] = {
    "ssh": "ssh", "smart": "ssh", "paramiko": "paramiko", "paramiko_ssh": "paramiko",
    "openssh": "openssh", "local": "local",
}  # fmt: skip
_METHODS: dict[str, Method] = {"sudo": "sudo", "doas": "doas"}
_BOOL = {"true": True, "yes": True, "on": True, "1": True}
_BOOL |= {"false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True)
class Connection:
    """How to reach a host. None is «not said here»: the play or the ssh configuration decides."""

    address: str
    port: int | None = None
    user: str | None = None
    identity_file: str | None = None
    become: bool | None = None
    become_user: str | None = None
    become_method: Method = "sudo"
    python: str | None = None
    kind: Kind = "ssh"
    root: str | None = None
    proxy_jump: str | None = None
    ssh_args: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    become_password: str | None = field(default=None, repr=False)


def connection_of(
    name: str,
    variables: Mapping[str, object],
    origins: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Connection:
    """Read the connection of a host; HardenerError names the variable that makes no sense.

    `names` says which variable gives which property, where the inventory alone does not.
    """
    reader = _Reader(name, variables, origins or {}, names or names_in_use(variables))
    root = reader.path("root")
    args = (*reader.words("ssh_args"), *reader.words("ssh_extra_args"))
    return Connection(
        address=reader.text("address") or name,
        port=reader.port(),
        user=reader.text("user"),
        identity_file=reader.path("identity_file"),
        become=reader.flag("become"),
        become_user=reader.text("become_user"),
        become_method=_METHODS[reader.choice("become_method", _METHODS) or "sudo"],
        python=reader.text("python"),
        kind="local" if root else _KINDS[reader.choice("connection", _KINDS) or "ssh"],
        root=root,
        proxy_jump=reader.text("proxy_jump"),
        ssh_args=args,
        password=reader.text("password"),
        become_password=reader.text("become_password"),
    )


def names_in_use(variables: Mapping[str, object]) -> dict[str, str]:
    """Say which variable gives which property: {field: name of the variable}."""
    foreign = not ANSIBLE_NAMES.isdisjoint(variables)
    found = {word.field: _name(word, variables, foreign) for word in WORDS}
    return {field: name for field, name in found.items() if name}


def ansible_names(variables: Mapping[str, object]) -> dict[str, str]:
    """Say the same of Ansible's names alone."""
    named = ((word.field, name) for word in WORDS for name in reversed(word.ansible))
    return {field: name for field, name in named if name in variables}


def _name(word: Word, variables: Mapping[str, object], foreign: bool) -> str:
    own = () if (foreign and word.common) or not word.short else (word.short,)
    return next((name for name in (*word.ansible, *own) if name in variables), "")


class _Reader:
    def __init__(
        self,
        host: str,
        variables: Mapping[str, object],
        origins: Mapping[str, str],
        names: Mapping[str, str],
    ) -> None:
        self.host, self.variables, self.origins, self.names = host, variables, origins, names

    def value(self, field: str) -> object:
        value = self.variables[self.names[field]] if field in self.names else None
        if isinstance(value, str) and "{{" in value:
            raise self.wrong(field, "holds a template, which is known only within a play")
        if isinstance(value, Vaulted):
            raise self.wrong(field, "is in a vault, which is opened only within a play")
        return value

    def text(self, field: str) -> str | None:
        value = self.value(field)
        if isinstance(value, (dict, list, bool)):
            kind = {dict: "a mapping", list: "a list", bool: "true or false"}[type(value)]
            raise self.wrong(field, f"must be text, found {kind}")
        return None if value is None or value == "" else str(value)

    def path(self, field: str) -> str | None:
        text = self.text(field)
        if text and not text.startswith(("/", "~")) and field == "root":
            raise self.wrong(field, f"must be a path that starts with /, found {text!r}")
        return os.path.expanduser(text) if text else None

    def port(self) -> int | None:
        text = self.text("port")
        if text is not None and not (re.fullmatch("[0-9]{1,5}", text) and 0 < int(text) < 65536):
            raise self.wrong("port", f"must be a number from 1 to 65535, found {text!r}")
        return int(text) if text else None

    def flag(self, field: str) -> bool | None:
        value = self.value(field)
        if value is None or isinstance(value, bool):
            return value
        if str(value).lower() not in _BOOL:
            raise self.wrong(field, f"must be true or false, found {value!r}")
        return _BOOL[str(value).lower()]

    def choice(self, field: str, known: Mapping[str, object]) -> str | None:
        text = self.text(field)
        text = text.removeprefix("ansible.builtin.") if text else None
        if text is not None and text not in known:
            raise self.wrong(field, f"is {text!r}; hardener knows {', '.join(known)}")
        return text

    def words(self, field: str) -> tuple[str, ...]:
        try:
            return tuple(shlex.split(self.text(field) or ""))
        except ValueError as error:
            raise self.wrong(field, str(error)) from error

    def wrong(self, field: str, what: str) -> HardenerError:
        name = self.names[field]
        return HardenerError(f"{self.host}: {name} {what}", where=self.origins.get(name, ""))
