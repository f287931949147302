"""What a person may be asked for while hosts are being connected."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from hardener.connect.target import Target


class Secrets(Protocol):
    """Each call gives the secret, or None where there is none to give."""

    def password(self, target: Target) -> str | None:
        """Return the login password of the user on this host."""

    def sudo_password(self, target: Target) -> str | None:
        """Return the password that sudo may ask for; None means that it must not ask."""

    def passphrase(self, path: str) -> str | None:
        """Return what opens the private key in this file."""


class NoSecrets:
    """Nobody is there to ask."""

    def password(self, target: Target) -> str | None:
        return None

    def sudo_password(self, target: Target) -> str | None:
        return None

    def passphrase(self, path: str) -> str | None:
        return None


class AskedOnce:
    """Ask for each secret at most once in a run, one at a time, and not for what the inventory says."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._answers: dict[tuple[str, str], str | None] = {}
        self._lock = threading.Lock()

    def password(self, target: Target) -> str | None:
        if target.password is not None:
            return target.password
        return self._once("password", target.name, lambda: self._secrets.password(target))

    def sudo_password(self, target: Target) -> str | None:
        if target.become_password is not None:
            return target.become_password
        return self._once("sudo", target.name, lambda: self._secrets.sudo_password(target))

    def passphrase(self, path: str) -> str | None:
        return self._once("key", path, lambda: self._secrets.passphrase(path))

    def _once(self, what: str, whose: str, ask: Callable[[], str | None]) -> str | None:
        with self._lock:
            if (what, whose) not in self._answers:
                self._answers[what, whose] = ask()
            return self._answers[what, whose]
