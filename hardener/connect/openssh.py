"""A pipe to a command on another machine, by the user's own ssh program.

For what it can do and paramiko can't: security keys, tickets, PKCS#11, host keys that a program or an
authority vouches for, and connections that outlast a command (ssh_config(5), ControlPersist).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from hardener.connect import kex, persist
from hardener.connect.channel import Channel
from hardener.connect.child import ChildPipe
from hardener.connect.code import Code, host_code
from hardener.connect.laps import Laps
from hardener.connect.meanwhile import Meanwhile, nothing
from hardener.connect.openssh_log import Log
from hardener.connect.secrets import Secrets
from hardener.connect.settings import Settings, settings_of
from hardener.connect.ssh_options import arguments, options_of
from hardener.connect.start import Start, meet
from hardener.connect.target import Target
from hardener.errors import ConnectError, UsageError

# What a user's ssh_config may say for the sake of people, and would stand in our way.
PLAIN = (
    "BatchMode=yes",
    "RemoteCommand=none",
    "PermitLocalCommand=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "Tunnel=no",
)


class OpensshPipe(ChildPipe):
    """An ssh and its log; to let go of it is to hang up."""

    patience = 2.0

    def __init__(self, name: str, log: Log, words: Sequence[str]) -> None:
        self._log = log
        super().__init__(name, ["ssh", "-v", "-E", str(log.path), *words])

    def close(self) -> None:
        super().close()
        self._log.close()

    def _let_go(self) -> None:
        self._process.kill()
        self._process.wait()


def open_openssh(
    target: Target,
    secrets: Secrets,
    code: Code | None,
    entry: str,
    meanwhile: Meanwhile = nothing,
) -> Channel:
    """Have ssh log in and start the host's code there."""
    _require(target)
    laps, options = Laps(), options_of(target)
    settings = settings_of(target, options)
    wanted = Start.of(target, settings.user, secrets, code or host_code(), entry)
    laps.end("settings of ssh")
    words = [*switches(target, settings, kex.options(options)), target.destination, wanted.line()]
    log = Log(settings, options)
    pipe = OpensshPipe(target.name, log, words)
    meanwhile()
    try:
        return meet(pipe, wanted, laps, lambda: _login(target, log))
    except ConnectError as error:
        raise log.explained(error) from error


def switches(target: Target, settings: Settings, more: Sequence[str] = ()) -> list[str]:
    """Return the words between `ssh` and the name: ours first, the user's file last."""
    wanted = [*PLAIN, *persist.options(target), *more]
    wanted += [f"ServerAliveInterval={settings.alive_interval:.0f}"]
    wanted += [f"ServerAliveCountMax={settings.alive_count}"]
    wanted += [f"ConnectTimeout={max(1, round(settings.seconds))}"]
    wanted += ["StrictHostKeyChecking=accept-new"] if target.accept_new else []
    wanted += [f"ProxyJump={target.proxy_jump}"] if target.proxy_jump else []
    named = ["-i", target.identity_file] if target.identity_file else []
    wanted += ["IdentitiesOnly=yes"] if named else []
    each = [word for option in wanted for word in ("-o", option)]
    return ["-T", *each, *named, *arguments(target), "--"]


def _require(target: Target) -> None:
    if not shutil.which("ssh"):
        raise ConnectError("there is no `ssh` here to connect by", where=target.name)
    if target.password is not None:
        hint = "log in by a key, or take `connection: paramiko`, which is not kept by --persist"
        raise UsageError("the ssh program is given no password", where=target.name, hint=hint)


def _login(target: Target, log: Log) -> Mapping[str, Any]:
    """By what we came in; through a connection that lasts, by what it was opened."""
    if log.is_shared:
        return persist.remembered(target) or log.login()
    login = log.login()
    persist.remember(target, login)
    return login
