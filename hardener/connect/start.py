"""From a pipe's command line to a channel: become, bootstrap, and errors that tell why not."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from hardener.connect import become, bootstrap, instead
from hardener.connect.channel import Channel, Hello
from hardener.connect.code import Code
from hardener.connect.laps import Laps
from hardener.connect.pipe import Pipe
from hardener.connect.secrets import Secrets
from hardener.connect.target import Target
from hardener.dataclass import dataclass
from hardener.errors import ConnectionLost

SECONDS = 60.0


@dataclass(frozen=True)
class Start:
    """What is to be started for a target, by `user`; `entry` is `module:function`."""

    target: Target
    user: str
    code: Code
    password: str | None
    mark: str
    entry: str = bootstrap.ENTRY

    @classmethod
    def of(cls, target: Target, user: str, secrets: Secrets, code: Code, entry: str) -> Start:
        """Ask for sudo's password only where sudo will be there to take it."""
        password = secrets.sudo_password(target) if become.by_sudo(target, user) else None
        return cls(target, user, code, password, bootstrap.new_mark(), entry)

    @property
    def becomes(self) -> bool:
        """Is another user's password or right needed?"""
        return bool(self._prefix)

    @property
    def _prefix(self) -> list[str]:
        return become.prefix(self.target, self.user, self.mark, self.password is not None)

    @property
    def rights(self) -> Mapping[str, Any]:
        """Whose rights are asked of sudo, and is there a password for it? None: nobody needed one."""
        target = self.target
        known = become.by_sudo(target, self.user)
        return {
            "becomes": target.become_user
            if target.become and target.become_method == "sudo"
            else "",
            "password": self.password is not None if known else None,
        }

    def argv(self, python: str) -> list[str]:
        """Return the words to run `python` with, where no shell stands between."""
        words = bootstrap.arguments(self.target, self.code, self.mark, self.entry)
        return [*self._prefix, python, *words]

    def shell_argv(self) -> list[str]:
        """Return the words that look for a Python and run it."""
        script = bootstrap.shell_line(self.target, self.code, self.mark, self.entry)
        return [*self._prefix, "/bin/sh", "-c", script]

    def line(self) -> str:
        """Return the same as one line for whatever login shell reads it: sh, csh or fish."""
        return "exec " + shlex.join(self.shell_argv())


def meet(
    pipe: Pipe, wanted: Start, laps: Laps, login: Callable[[], Mapping[str, Any]] = dict
) -> Channel:
    """Bring a pipe whose command has just been started to a channel; close it on any error.

    `login` is asked then: by what we came in, in the words of host/access/login.py.
    """
    try:
        hello = _hello(pipe, wanted)
        known = {**login(), **wanted.rights}
        laps.end("start" if hello.kept else "start and send the code")
        return Channel(wanted.target, pipe, hello, wanted.becomes, known, laps.took)
    except BaseException:
        pipe.close()
        raise


def _hello(pipe: Pipe, wanted: Start) -> Hello:
    target = wanted.target
    if wanted.password is not None:
        pipe.stderr.watch = become.SudoPassword(wanted.mark, wanted.password, pipe.write)
    try:
        return bootstrap.arrive(pipe, target, wanted.code, wanted.mark, SECONDS)
    except become.WrongPassword:
        raise become.wrong_password(target, wanted.user) from None
    except ConnectionLost as error:
        told = instead.explained(pipe, error, wanted.mark, SECONDS)
        if wanted.becomes and "Traceback" not in told.why:
            asked = wanted.password is not None
            raise become.refused(target, wanted.user, asked, told) from error
        raise told from error
    finally:
        pipe.stderr.watch = None
