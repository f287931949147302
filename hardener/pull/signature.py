"""Whether somebody who may has signed a commit or a tag: asked of git, with nobody's keys but those given."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hardener.dataclass import dataclass
from hardener.errors import HardenerError, UsageError
from hardener.pull.repository import Repository

# Git finds out by the signature itself which program is asked: of the one without keys nothing is believed.
NOBODY = "/bin/false"


@dataclass(frozen=True)
class Trusted:
    """`signers` is a file of ssh-keygen(1), ALLOWED SIGNERS; `keyring` one of public keys of OpenPGP."""

    signers: Path | None = None
    keyring: Path | None = None

    def require_commit(self, repository: Repository, commit: str) -> None:
        """Raise HardenerError unless the commit is signed by one of them."""
        self._require(repository, "verify-commit", commit, f"commit {commit[:12]}")

    def require_tag(self, repository: Repository, tag: str) -> None:
        """Raise HardenerError unless the tag is signed by one of them, and under this very name."""
        self._require(repository, "verify-tag", f"refs/tags/{tag}", f"tag {tag}")
        head = repository.git("cat-file", "tag", f"refs/tags/{tag}").split("\n\n")[0]
        if f"tag {tag}" not in head.splitlines():
            raise HardenerError(f"what is called {tag} was signed as another tag", hint=UNCHANGED)

    def _require(self, repository: Repository, word: str, what: str, name: str) -> None:
        with self._asked() as (settings, environment):
            try:
                repository.git(word, what, settings=settings, more=environment)
            except HardenerError as error:
                why = error.why or "it has no signature, or one by a key that nobody has named"
                raise HardenerError(
                    f"{name} is not signed by anybody whom this host trusts",
                    why=why,
                    hint=UNCHANGED,
                ) from None

    @contextmanager
    def _asked(self) -> Iterator[tuple[tuple[str, ...], Mapping[str, str]]]:
        """Give the settings by which git asks, and the environment: the user's own have no say."""
        alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
        with tempfile.TemporaryDirectory(prefix="harden-keys-") as home:
            pgp = self._pgp(home)
            ssh = "ssh-keygen" if self.signers else NOBODY
            words = {
                "gpg.program": pgp, "gpg.openpgp.program": pgp, "gpg.x509.program": NOBODY,
                "gpg.ssh.program": ssh, "gpg.ssh.allowedSignersFile": str(self.signers or "/dev/null"),
            }  # fmt: skip
            settings = [part for name, value in words.items() for part in ("-c", f"{name}={value}")]
            yield tuple(settings), {**alone, "GNUPGHOME": home}

    def _pgp(self, home: str) -> str:
        """Import the keyring into a home of its own; return the program that knows it."""
        if not self.keyring:
            return NOBODY
        words = ["gpg", "--batch", "--quiet", "--homedir", home, "--import", str(self.keyring)]
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, errors="replace", check=False
            )
        except FileNotFoundError:
            raise HardenerError("gpg is not installed here") from None
        if done.returncode:
            raise UsageError(f"{self.keyring} is no file of public keys", why=done.stderr.strip())
        return "gpg"


UNCHANGED = "nothing was changed"
