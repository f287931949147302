"""Whether the key a host shows is the one that is known, and what to say if not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hardener.connect import known_hosts
from hardener.connect.known_hosts import Line, fingerprint
from hardener.connect.settings import Settings
from hardener.errors import HostKeyError

# The signature algorithms of a key type, where they are not called as the type is: RFC 8332.
ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}


class HostKeys:
    """The lines that known_hosts files hold of one host."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = known_hosts.names_of(settings.host, settings.port, settings.host_key_alias)
        files = (*settings.user_known_hosts, *settings.global_known_hosts)
        lines = [line for line in known_hosts.read(files) if self._is_ours(line)]
        self._revoked = [line for line in lines if line.marker == "@revoked"]
        self._authorities = [line for line in lines if line.marker == "@cert-authority"]
        self._plain = [line for line in lines if not line.marker]

    def order(self, algorithms: Sequence[str]) -> list[str]:
        """Put those first that give a key we know, as ssh does."""
        known = {a for line in self._exact() for a in ALGORITHMS.get(line.kind, (line.kind,))}
        return sorted(algorithms, key=lambda algorithm: algorithm not in known)

    def known(self) -> list[tuple[str, bytes]]:
        """Return the type and bytes of each key that this host may show."""
        return [(line.kind, line.key) for line in self._exact()]

    def verify(self, kind: str, key: bytes) -> None:
        """Return if this key is known or may be added; HostKeyError otherwise."""
        for line in self._revoked:
            if line.key == key:
                raise self._error(f"the {_short(kind)} key is revoked", key, line.place)
        if any((line.kind, line.key) == (kind, key) for line in self._plain):
            return
        if exact := self._exact():
            raise self._changed(exact, kind, key)
        if not self._settings.accept_new:
            raise self._unknown(kind, key)
        if self._settings.user_known_hosts:
            file, hashed = self._settings.user_known_hosts[0], self._settings.hash_known_hosts
            try:
                known_hosts.add(file, self._names[0], kind, key, hashed)
            except OSError as error:
                raise self._not_kept(file, error, kind) from None

    def _not_kept(self, file: Path, error: OSError, kind: str) -> HostKeyError:
        hint = "`UserKnownHostsFile` of ssh_config names another file"
        return HostKeyError(
            f"the {_short(kind)} key can't be kept in {file}", why=str(error), hint=hint
        )

    def _is_ours(self, line: Line) -> bool:
        return any(known_hosts.matches(line.names, name) for name in self._names)

    def _exact(self) -> list[Line]:
        """Leave out lines for the bare name where the port is another: they may only vouch."""
        return [line for line in self._plain if known_hosts.matches(line.names, self._names[0])]

    def _changed(self, known: Sequence[Line], kind: str, key: bytes) -> HostKeyError:
        same = [line for line in known if line.kind == kind]
        lines = [
            f"known is {fingerprint(line.key)} ({_short(line.kind)}, {line.place})"
            for line in same or known
        ]
        what = f"the {_short(kind)} key has changed" if same else f"a {_short(kind)} key is new"
        file = (same or known)[0].file
        hint = (
            "somebody may be in between; if the host was installed anew: "
            f"ssh-keygen -f {file} -R '{self._names[0]}'"
        )
        return self._error(what, key, "\n".join(lines), hint)

    def _unknown(self, kind: str, key: bytes) -> HostKeyError:
        if self._authorities:
            place = self._authorities[0].place
            why = f"{place} trusts an authority for it: `connection: openssh` can check that"
            return self._error(f"the {_short(kind)} key is not known", key, why, self._accept(kind))
        return self._error(f"the {_short(kind)} key is not known", key, "", self._accept(kind))

    def _accept(self, kind: str) -> str:
        settings = self._settings
        file = settings.user_known_hosts[0] if settings.user_known_hosts else "~/.ssh/known_hosts"
        command = f"ssh-keyscan -t {_short(kind).lower()} -p {settings.port} {settings.host}"
        if settings.jumps or settings.proxy_command or settings.host_key_alias:
            command = f"ssh {settings.name}, or"
            return f"compare the fingerprint on its console, then {command} --accept-new"
        return f"compare the fingerprint on its console, then --accept-new, or: {command} >> {file}"

    def _error(self, what: str, key: bytes, why: str, hint: str = "") -> HostKeyError:
        shown = f"{what}: {self._settings.place} shows {fingerprint(key)}"
        return HostKeyError(shown, where=self._settings.name, why=why, hint=hint)


def _short(kind: str) -> str:
    """Return the name that ssh-keyscan and people use."""
    if kind.startswith("ecdsa-"):
        return "ECDSA"
    return {"ssh-ed25519": "ED25519", "ssh-rsa": "RSA"}.get(kind, kind)
