"""Prove to a server who we are: keys, then the password, by one method or several in a row."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from hardener.connect.keys import Agent, Keys
from hardener.connect.lazy_paramiko import paramiko
from hardener.connect.secrets import Secrets
from hardener.connect.settings import Settings
from hardener.connect.target import Target
from hardener.errors import ConnectError, LoginError


class Try(NamedTuple):
    """One thing to try; `key` is what a public key is offered by."""

    name: str
    method: str
    attempt: Callable[[], Sequence[str]]
    key: Any = None


class Login:
    """One login on a transport whose host key has been verified."""

    def __init__(
        self, transport: Any, settings: Settings, target: Target, secrets: Secrets
    ) -> None:
        self._transport = transport
        self._settings = settings
        self._target = target
        self._secrets = secrets
        self._methods: Sequence[str] | None = None
        self._tried: list[str] = []
        self.took: list[Try] = []  # what the server took, in this order

    def run(self) -> None:
        """Log in, or raise LoginError with all that was tried."""
        agent = Agent(self._settings.agent)
        try:
            keys = Keys(self._settings, self._secrets, agent)
            if not any(self._succeeds(one) for one in self._tries(keys)):
                raise self._refused(keys.notes)
        finally:
            agent.close()

    def _tries(self, keys: Keys) -> Iterator[Try]:
        user, transport = self._settings.user, self._transport
        for name, key in keys:
            attempt = functools.partial(transport.auth_publickey, user, key)
            yield Try(name, "publickey", attempt, key)
        if self._methods is None and not self._tried:
            yield Try("", "none", functools.partial(transport.auth_none, user))
        if not self._takes("password") and not self._takes("keyboard-interactive"):
            return
        password = self._secrets.password(self._target)
        if password is not None:
            yield Try("the password", "password", self._by_password(password))
            asked = "the password when asked"
            yield Try(asked, "keyboard-interactive", self._by_answer(password))

    def _by_password(self, password: str) -> Callable[[], Sequence[str]]:
        user = self._settings.user
        return lambda: list(self._transport.auth_password(user, password, fallback=False))

    def _by_answer(self, password: str) -> Callable[[], Sequence[str]]:
        """Answer hidden questions with the password, and others with nothing."""

        def answer(title: str, text: str, questions: Sequence[tuple[str, bool]]) -> list[str]:
            return ["" if echo else password for _, echo in questions]

        return lambda: list(self._transport.auth_interactive(self._settings.user, answer))

    def _takes(self, method: str) -> bool:
        return self._methods is None or method in self._methods

    def _succeeds(self, one: Try) -> bool:
        """Try it; the server may want one more method after one that was right."""
        if one.method != "none" and not self._takes(one.method):
            return False
        library, began = paramiko(), time.monotonic()
        try:
            self._methods = one.attempt() or self._methods
            self.took.append(one)
        except library.BadAuthenticationType as error:
            self._methods = error.allowed_types
        except (library.SSHException, OSError, EOFError) as error:
            self._note(one.name, error, time.monotonic() - began)
        return bool(self._transport.is_authenticated())

    @property
    def failures(self) -> int:
        """How many offers the server has refused."""
        return len([name for name in self._tried if name])

    def _note(self, name: str, error: Exception, waited: float) -> None:
        """Remember what was tried; a server that hangs up, or hangs, will hear no more."""
        self._tried.append(name)
        if not self._transport.is_active():
            raise self._refused((), f"then it hung up: {error}")
        if waited >= self._transport.auth_timeout:
            what = f"the login takes more than {self._transport.auth_timeout:g} s"
            raise self._error(
                what, f"tried: {name}", "what does it wait for? its sshd's log may tell"
            )

    def _refused(self, notes: Sequence[str], last: str = "") -> ConnectError:
        settings = self._settings
        tried = ", ".join(name for name in self._tried if name) or "nothing there was to try"
        why = [
            f"tried: {tried}",
            *(f"not used: {note}" for note in notes),
            *([last] if last else []),
        ]
        if self._methods:
            why.append(f"it takes: {', '.join(self._methods)}")
        by_password = self._takes("password") or self._takes("keyboard-interactive")
        hint = "set `user` and `identity_file` in the inventory, or load the key into ssh-agent"
        hint += "; -k asks for a password" if by_password else ""
        return self._error(f"it refused {settings.user}", "\n".join(why), hint)

    def _error(self, what: str, why: str, hint: str) -> LoginError:
        settings = self._settings
        return LoginError(f"{settings.place}: {what}", where=settings.name, why=why, hint=hint)
