"""How to reach a host: what the inventory says of it, and for the rest what OpenSSH would do."""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hardener.connect import beyond
from hardener.connect.ssh_options import Options, options_of
from hardener.connect.target import Target
from hardener.dataclass import dataclass

SECONDS = 10.0
GREETING = 30.0
# Two minutes of silence: a host that swaps is slow, not dead. A dead link is noticed sooner (dial.py).
ALIVE_INTERVAL, ALIVE_COUNT = 15.0, 8
OFF = ("none", "")
ACCEPTING = ("accept-new", "false", "no", "off")
FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}


@dataclass(frozen=True)
class Settings:
    """The settings of one hop, with all tokens and ~ expanded."""

    name: str
    host: str
    port: int
    user: str
    identities: tuple[Path, ...]
    certificates: tuple[Path, ...]
    identities_only: bool
    agent: str | None
    jumps: tuple[str, ...]
    proxy_command: str | None
    user_known_hosts: tuple[Path, ...]
    global_known_hosts: tuple[Path, ...]
    host_key_alias: str | None
    accept_new: bool
    hash_known_hosts: bool
    seconds: float  # for TCP
    greeting: float  # for the server's first words and the key exchange
    alive_interval: float  # of silence, until the server is asked for a sign of life
    alive_count: int  # of unanswered questions, until it is given up
    family: socket.AddressFamily
    beyond: str  # what of them paramiko can't do; "" where it can do all

    @property
    def place(self) -> str:
        """The address to name in messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def resolve(target: Target) -> Settings:
    """Return the settings for a target; what the inventory says wins."""
    return settings_of(target, options_of(target))


def settings_of(target: Target, options: Options) -> Settings:
    """Return them, where ssh has been asked already."""

    def one(key: str, default: str = "") -> str:
        return next(iter(options.get(key, ())), default)

    def paths(texts: Sequence[str]) -> tuple[Path, ...]:
        return tuple(
            Path(_expand(text, tokens)).expanduser() for text in texts if text.lower() not in OFF
        )

    user = target.user or one("user") or getpass.getuser()
    host, port = one("hostname", target.destination), target.port or int(one("port", "22"))
    alias = one("hostkeyalias") or None
    tokens = _tokens(target, host, port, user, alias)
    jumps, command = _proxies(target, one("proxyjump"), one("proxycommand"))
    named = [target.identity_file] if target.identity_file else []
    identities = paths(named or options.get("identityfile", ()))
    seconds = target.connect_timeout or _number(one("connecttimeout"), 0)
    return Settings(
        name=target.name,
        host=host,
        port=port,
        user=user,
        identities=identities,
        certificates=paths(options.get("certificatefile", ())),
        identities_only=bool(named) or one("identitiesonly") == "yes",
        agent=_agent(one("identityagent", "SSH_AUTH_SOCK"), tokens),
        jumps=jumps,
        proxy_command=command and _expand(command, tokens),
        user_known_hosts=paths(one("userknownhostsfile").split()),
        global_known_hosts=paths(one("globalknownhostsfile").split()),
        host_key_alias=alias,
        accept_new=target.accept_new or one("stricthostkeychecking") in ACCEPTING,
        hash_known_hosts=one("hashknownhosts") == "yes",
        seconds=seconds or SECONDS,
        greeting=seconds or GREETING,
        **_alive(one),
        family=FAMILIES.get(one("addressfamily"), socket.AF_UNSPEC),
        beyond=beyond.paramiko(options, identities),
    )


def _proxies(target: Target, jump: str, command: str) -> tuple[tuple[str, ...], str | None]:
    """Return the jumps and the command to go through; an inventory's jump overrules both."""
    jump, command = (target.proxy_jump, "") if target.proxy_jump else (jump, command)
    jumps = () if jump.lower() in OFF else tuple(part.strip() for part in jump.split(","))
    return jumps, None if command.lower() in OFF else command


def _agent(said: str, tokens: Mapping[str, str]) -> str | None:
    """Return the socket of the agent to ask, as IdentityAgent names it."""
    if said.lower() in OFF:
        return None
    if said == "SSH_AUTH_SOCK" or said.startswith("$"):
        return os.environ.get(said.lstrip("$").strip("{}")) or None
    return str(Path(_expand(said, tokens)).expanduser())


def _alive(one: Callable[[str], str]) -> dict[str, Any]:
    """Ask for signs of life as ssh_config says; there it is off unless somebody sets it."""
    interval, count = _number(one("serveraliveinterval"), 0), one("serveralivecountmax")
    if not interval:
        return {"alive_interval": ALIVE_INTERVAL, "alive_count": ALIVE_COUNT}
    return {"alive_interval": interval, "alive_count": int(count or 3)}


def _number(text: str, default: float) -> float:
    return float(text) if text.isdigit() else default


def _tokens(
    target: Target, host: str, port: int, user: str, alias: str | None
) -> Mapping[str, str]:
    """Return the TOKENS of ssh_config(5) that stand in the settings we read."""
    local = socket.gethostname()
    return {
        "%": "%",
        "d": str(Path.home()),
        "h": host,
        "i": str(os.getuid()),
        "k": alias or target.destination,
        "l": local,
        "L": local.partition(".")[0],
        "n": target.destination,
        "p": str(port),
        "r": user,
        "u": getpass.getuser(),
    }


def _expand(text: str, tokens: Mapping[str, str]) -> str:
    text = re.sub(r"%(.)", lambda m: tokens.get(m[1], m[0]), text)
    return re.sub(r"\$\{(\w+)\}", lambda m: os.environ.get(m[1], m[0]), text)
