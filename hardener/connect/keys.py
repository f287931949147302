"""The keys to offer, and in which order: few, since each counts against sshd's MaxAuthTries."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hardener.connect.lazy_paramiko import paramiko
from hardener.connect.secrets import Secrets
from hardener.connect.settings import Settings

SECONDS = 10.0


class Agent:
    """The ssh-agent at a socket; one that is not there has no keys."""

    def __init__(self, path: str | None) -> None:
        self._agent: Any = None
        self.keys: tuple[Any, ...] = ()
        if path:
            self._connect(path)

    def _connect(self, path: str) -> None:
        library = paramiko()
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.settimeout(SECONDS)
            sock.connect(path)
            self._agent = library.agent.AgentSSH()
            self._agent._connect(sock)  # paramiko's own way in only knows SSH_AUTH_SOCK
            sock.settimeout(None)  # the person may have to touch or confirm
            self.keys = tuple(map(_as_held, self._agent.get_keys()))
        except (OSError, library.SSHException):
            sock.close()
            self._agent = None

    def close(self) -> None:
        """Hang up."""
        if self._agent:
            self._agent._close()


class Keys:
    """An iterable of (name, key) to try; `notes` tells which files could not be used, and why."""

    def __init__(self, settings: Settings, secrets: Secrets, agent: Agent) -> None:
        self._settings = settings
        self._secrets = secrets
        self._agent = agent
        self.notes: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield the named keys, the agent's others, and last what needs a passphrase."""
        closed, offered = [], set()
        for path in self._settings.identities:
            name, key = self._named(path)
            if key is None and name:
                closed.append(path)
            elif key is not None and key.asbytes() not in offered:
                offered.add(key.asbytes())
                yield from self._with_certificates(name, key, path)
        if not self._settings.identities_only:
            for key in self._agent.keys:
                if key.blob not in offered:
                    yield f"agent key {key.comment}", key
        for path in closed:
            if key := self._opened(path):
                yield from self._with_certificates(str(path), key, path)

    def _named(self, path: Path) -> tuple[str, Any]:
        """Return (name, key), (name, None) if it needs a passphrase, ("", None) if it's no use."""
        public = _public(path)
        for key in self._agent.keys:
            if key.blob == public:
                return f"agent key {path}", key
        if not path.exists():
            return self._unusable(path, "not there")
        if path.suffix == ".pub":
            return self._unusable(path, "not in the agent")
        try:
            return str(path), paramiko().PKey.from_path(str(path))
        except Exception as error:  # noqa: BLE001 - cryptography raises what it likes
            if "encrypted" in str(error).lower() or "password" in str(error).lower():
                return str(path), None
            return self._unusable(path, str(error) or type(error).__name__)

    def _unusable(self, path: Path, why: str) -> tuple[str, None]:
        """Note it; the default files of ssh that nobody made are not worth a word."""
        if self._settings.identities_only or why != "not there":
            self.notes.append(f"{path} ({why})")
        return "", None

    def _opened(self, path: Path) -> Any:
        """Return the key that a passphrase opens, or None."""
        passphrase = self._secrets.passphrase(str(path))
        if passphrase is None:
            self.notes.append(f"{path} (needs a passphrase)")
            return None
        try:
            return paramiko().PKey.from_path(str(path), passphrase.encode())
        except Exception:  # noqa: BLE001 - as above
            self.notes.append(f"{path} (the passphrase does not open it)")
            return None

    def _with_certificates(self, name: str, key: Any, path: Path) -> Iterator[tuple[str, Any]]:
        """Yield the key with each certificate made for it, then alone."""
        for file in (*self._settings.certificates, Path(f"{path}-cert.pub")):
            blob = _certificate(file)
            if blob and _fits(blob, key):
                key.public_blob = blob
                yield f"{name} with {file.name}", key
        key.public_blob = None
        yield name, key


def _as_held(key: Any) -> Any:
    """Let an agent's certificate be sent as such; of RSA ones paramiko would send the bare key."""
    if "-cert-" in key.name:
        key.public_blob = paramiko().pkey.PublicBlob(key.name, key.blob)
    return key


def _public(path: Path) -> bytes | None:
    """Return the public key that lies beside a private one."""
    file = path if path.suffix == ".pub" else Path(f"{path}.pub")
    blob = _certificate(file)
    return blob.key_blob if blob else None


def _fits(certificate: Any, key: Any) -> bool:
    """Does it hold this key? A certificate repeats the key's fields after its own name and nonce."""
    raw = key.asbytes()
    fields = raw[4 + int.from_bytes(raw[:4], "big") :]
    return "-cert-" in certificate.key_type and fields in certificate.key_blob


def _certificate(file: Path) -> Any:
    try:
        return paramiko().pkey.PublicBlob.from_file(str(file))
    except (OSError, ValueError):
        return None
