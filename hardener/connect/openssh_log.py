"""What `ssh -v -E FILE` tells of a login: by what it came about, or why it did not."""

from __future__ import annotations

import base64
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hardener.connect.asked import asked
from hardener.connect.host_keys import ALGORITHMS, HostKeys
from hardener.connect.known_hosts import fingerprint
from hardener.connect.settings import Settings
from hardener.connect.ssh_options import Options
from hardener.errors import ConnectError, HostKeyError, LoginError

SECONDS = 5.0
NOISE = ("debug", "OpenSSH_", "Warning: Permanently added", "Pseudo-terminal")
IN = re.compile(
    r'^Authenticated to \S+ \((?:\[(.*)\]:(\d+)|via proxy)\) using "([\w-]+)"', re.MULTILINE
)
PART = re.compile(r'Authenticated using "([\w-]+)" with partial success')
TAKEN = re.compile(r"^debug1: Server accepts key: (.*) \S+ (SHA256:\S+)", re.MULTILINE)
OFFERED = re.compile(r"^debug1: Offering public key: ", re.MULTILINE)
SHARED = re.compile(r"^debug1: mux_client_request_session: master session id", re.MULTILINE)
SHOWN = re.compile(r"^debug1: Server host key: (\S+ SHA256:\S+)", re.MULTILINE)
OFFERS = ("kexalgorithms", "ciphers", "macs", "hostkeyalgorithms")
# What ssh says last, the error that it is, and what to do.
WHY_NOT = (
    (
        r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED",
        HostKeyError,
        "compare the fingerprint on its console, then --accept-new for one that is not known yet",
    ),
    (
        r"Permission denied \(|Too many authentication failures",
        LoginError,
        "`ssh` logs in by keys and tickets here, `connection: paramiko` by passwords too",
    ),
    (r"Connection refused", ConnectError, "does sshd run there, and on this port?"),
    (r"Could not resolve hostname", ConnectError, "is the name right?"),
    (r"timed out", ConnectError, "is it up, and does no firewall drop this port?"),
)


class Log:
    """The log of one ssh that has these settings, in a folder that goes when it is closed."""

    def __init__(self, settings: Settings, options: Options) -> None:
        self._settings, self._options = settings, options
        self._folder = tempfile.TemporaryDirectory(prefix="hardener-ssh-")
        self.path = Path(self._folder.name) / "log"
        self._text: str | None = None

    def text(self) -> str:
        """Return what it holds by now; "" before its first line."""
        if self._text is not None:
            return self._text
        try:
            return self.path.read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def close(self) -> None:
        """Keep what it holds, and let go of the file; may be called twice."""
        self._text = self.text()
        self._folder.cleanup()

    @property
    def is_shared(self) -> bool:
        """Did ssh go through a connection that was open already?"""
        text = self.text()
        return not IN.search(text) and bool(SHARED.search(text))

    def login(self) -> Mapping[str, Any]:
        """Return by what we came in, in the words of host/access/login.py; what it hides is left out."""
        text, settings = self.text(), self._settings
        through = IN.search(text)
        if not through:
            return {"user": settings.user}
        taken = list(TAKEN.finditer(text))
        return {
            "user": settings.user,
            "dialed": [through[1] or "", int(through[2] or settings.port)],
            "methods": sorted({*PART.findall(text), through[3]}),
            "key": self._key(taken[-1][1].strip(), taken[-1][2]) if taken else None,
            "failures": len(OFFERED.findall(text)) - len(taken),
            "offers": {name: self._options.get(name, ("",))[0].split(",") for name in OFFERS},
            "host_keys": [[kind, _base64(key)] for kind, key in HostKeys(settings).known()],
        }

    def explained(self, error: ConnectError) -> ConnectError:
        """Return why ssh did not come in; the error itself where it did, or says nothing."""
        text = self.text()
        if IN.search(text) or SHARED.search(text):
            return error
        said = [line for line in text.splitlines() if line and not line.startswith(NOISE)]
        if not said:
            return error
        kind, hint = next(
            (
                (kind, hint)
                for pattern, kind, hint in WHY_NOT
                if re.search(pattern, "\n".join(said))
            ),
            (ConnectError, ""),
        )
        place, last = self._settings.place, said[-1].removeprefix("ssh: ").rstrip(".")
        shown = SHOWN.findall(text)[-1:] if kind is HostKeyError else ()
        why = "\n".join([*said[:-1], *(f"shown is {key}" for key in shown)])
        return kind(f"{place}: {last}", where=self._settings.name, why=why, hint=hint)

    def _key(self, name: str, known: str) -> Mapping[str, Any] | None:
        """Return the public key that was taken; None where only ssh itself can see it."""
        for line in _public_keys(Path(name), self._settings.agent):
            words = line.split()
            if len(words) > 1 and fingerprint(base64.b64decode(words[1])) == known:
                bare = words[0].partition("-cert-")[0]
                return {
                    "type": bare,
                    "blob": words[1],
                    "algorithms": list(ALGORITHMS.get(bare, (bare,))),
                    "certificate": bare != words[0],
                }
        return None


def _public_keys(path: Path, agent: str | None) -> Iterator[str]:
    """Yield lines of public keys: of the file that ssh names, and of the agent."""
    for file in (path, path.with_name(path.name + ".pub")):
        if file.name.endswith(".pub") and file.is_file():
            yield file.read_text("utf-8", "replace")
    if path.is_file():
        yield _said(["ssh-keygen", "-y", "-P", "", "-f", str(path)], {})
    if agent:
        yield from _said(["ssh-add", "-L"], {"SSH_AUTH_SOCK": agent}).splitlines()


def _said(words: list[str], environment: Mapping[str, str]) -> str:
    try:
        return asked(words, SECONDS, environment).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
