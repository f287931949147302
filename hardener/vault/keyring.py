"""All passwords of this process, each fetched when something first needs it, and what they opened."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from hardener.errors import SecretError, UsageError
from hardener.vault.envelope import Envelope, is_vault, parse, write
from hardener.vault.passwords import Ask, Source

HINT = "give --ask-vault-pass, --vault-password-file or --vault-id"


def _nobody(prompt: str) -> str:
    raise SecretError("there is nobody to ask")


class Keyring:
    """Opens vaults: first with the passwords of their label, then with all others, as Ansible does."""

    def __init__(self, sources: Iterable[Source] = (), ask: Ask = _nobody) -> None:
        self.sources = list(dict.fromkeys(sources))
        self.ask = ask
        self._passwords: dict[Source, bytes | SecretError] = {}
        self._opened: dict[bytes, tuple[bytes, Source]] = {}
        self._lock = threading.RLock()  # hosts work side by side, and a person is asked once

    def add(self, sources: Iterable[Source]) -> None:
        """Know more passwords, after those that are known."""
        self.sources = list(dict.fromkeys([*self.sources, *sources]))

    def lasting(self) -> tuple[str, ...]:
        """Name the sources that need no person, so that a rollback finds them again."""
        return tuple(str(each.absolute()) for each in self.sources if not each.asks)

    def open(self, data: bytes, where: str = "") -> bytes:
        """Return what a vault hides; SecretError with its place and the passwords that were tried."""
        return self.opened(data, where)[0]

    def text(self, vault: str, where: str = "") -> str:
        """Return the text that an encrypted value hides."""
        try:
            return self.open(vault.encode(), where).decode()
        except UnicodeDecodeError:
            raise SecretError("what this hides is no text (UTF-8)", where=where) from None

    def opened(self, data: bytes, where: str = "") -> tuple[bytes, Source]:
        """Return what a vault hides, and whose password opened it."""
        with self._lock:
            if data not in self._opened:
                try:
                    self._opened[data] = self._open(parse(data))
                except SecretError as error:
                    error.where = error.where or where
                    raise
            return self._opened[data]

    def password(self, source: Source) -> bytes:
        """Return the password of a source, fetched once; SecretError if it has none."""
        with self._lock:
            if source not in self._passwords:
                try:
                    self._passwords[source] = self._fetch(source)
                except SecretError as error:
                    self._passwords[source] = error
        found = self._passwords[source]
        if isinstance(found, SecretError):
            raise found
        return found

    def choose(self, label: str | None = None) -> Source:
        """Return whose password encrypts: of the label, else the first if all have the same label."""
        found = [each for each in self.sources if label in (None, each.label)]
        labels = list(dict.fromkeys(each.label for each in self.sources))
        if not found:
            raise UsageError(f"no password of the label {label!r}", why=f"there are {labels}")
        if label is None and len(labels) > 1:
            hint = "choose one by --encrypt-vault-id"
            raise UsageError(f"passwords of several labels: {', '.join(labels)}", hint=hint)
        return found[0]

    def seal(self, plain: bytes, source: Source, label: str = "") -> bytes:
        """Encrypt with a password; the vault bears its label, or another."""
        from hardener.vault.cipher import seal

        return write(seal(plain, self.password(source), label or source.label))

    def _fetch(self, source: Source) -> bytes:
        """Read it; the file of a password may itself be a vault of those named before it."""
        text = source.read(self.ask)
        if is_vault(text):
            before = self.sources[: self.sources.index(source)] if source in self.sources else ()
            return Keyring(before, self.ask).open(text).strip()
        return text

    def _open(self, envelope: Envelope) -> tuple[bytes, Source]:
        from hardener.vault.cipher import unseal  # the library behind it is slow to import

        tried = []
        for source in sorted(self.sources, key=lambda each: each.label != envelope.label):
            try:
                found = unseal(envelope, self.password(source))
            except SecretError as error:
                tried.append(f"{source}: {error.what}")
            else:
                if found is not None:
                    return found, source
                tried.append(f"{source}: it does not fit")
        raise self._closed(envelope, tried)

    def _closed(self, envelope: Envelope, tried: list[str]) -> SecretError:
        what = f"this is in a vault (`{envelope.label}`), and "
        if not tried:
            return SecretError(what + "no vault password was given", hint=HINT)
        return SecretError(what + "no password opens it", why="\n".join(["tried:", *tried]))


KEYS = Keyring()
