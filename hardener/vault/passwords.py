"""Where the password of a vault comes from: a person, a file, or a program that prints it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from hardener.dataclass import dataclass, replace
from hardener.errors import SecretError, UsageError
from hardener.vault.envelope import DEFAULT

PROMPT = "prompt"
_NOT_KNOWN = 2  # how a `…-client` says that it has no password of this label

Ask = Callable[[str], str]


@dataclass(frozen=True)
class Source:
    """A password by its label; `origin` is a path, or `prompt`."""

    label: str
    origin: str

    def __str__(self) -> str:
        return f"{self.label}@{self.origin}"

    @classmethod
    def of(cls, text: str) -> Source:
        """Read `label@source`, or a source alone."""
        label, _, origin = text.partition("@") if "@" in text else (DEFAULT, "@", text)
        if not origin:
            raise UsageError(
                f"--vault-id {text}: no source", hint="write label@prompt or label@FILE"
            )
        return cls(label or DEFAULT, origin)

    @property
    def asks(self) -> bool:
        """Must a person be asked?"""
        return self.origin == PROMPT

    def absolute(self) -> Source:
        """Return what it means from every other folder, too."""
        path = os.path.abspath(os.path.expanduser(self.origin))
        return self if self.asks else replace(self, origin=path)

    def read(self, ask: Ask) -> bytes:
        """Fetch the password; SecretError where there is none."""
        if self.asks:
            named = f" ({self.label})" if self.label != DEFAULT else ""
            return _some(ask(f"Vault password{named}").encode().strip(), "an empty password")
        path = Path(os.path.expanduser(self.origin))
        try:
            printed = os.access(path, os.X_OK) and path.is_file()
            return (
                self._printed(path) if printed else _some(path.read_bytes().strip(), "it is empty")
            )
        except OSError as error:
            raise SecretError(f"it cannot be read: {error.strerror}") from error

    def _printed(self, path: Path) -> bytes:
        """Run the program; one whose name ends in `-client` is told the label, as Ansible does."""
        told = ["--vault-id", self.label] if path.stem.endswith("-client") else []
        try:
            done = subprocess.run([path.absolute(), *told], stdout=subprocess.PIPE, check=False)
        except OSError as error:
            what = f"it cannot be run: {error.strerror}"
            raise SecretError(
                f"{what} (a file that is no program must not be executable)"
            ) from error
        if told and done.returncode == _NOT_KNOWN:
            raise SecretError(f"it has no password of {self.label!r}")
        if done.returncode:
            raise SecretError(f"it ended with {done.returncode}")
        return _some(done.stdout.strip(b"\r\n"), "it printed nothing")


def _some(password: bytes, otherwise: str) -> bytes:
    if not password:
        raise SecretError(otherwise)
    return password
