"""Fingerprints against those that the real gpg shows."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest

from hardener.host.text.openpgp import fingerprints


def gpg(home: Path, *words: str) -> bytes:
    argv = ["gpg", "-q", "--batch", "--homedir", str(home), *words]
    return subprocess.run(argv, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    needs.program("gpg")
    folder = tmp_path_factory.mktemp("gpg")
    folder.chmod(0o700)
    for name, kind in (("a", "ed25519"), ("b", "rsa2048")):
        words = (f"{name}@example.org", kind, "sign")
        gpg(folder, "--passphrase", "", "--quick-generate-key", *words)
    yield folder
    subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=True)


def test_as_gpg_has_them(home: Path) -> None:
    rows = [row.split(":") for row in gpg(home, "--with-colons", "-k").decode().splitlines()]
    known = [row[9] for row in rows if row[0] == "fpr"]
    assert len(known) == 2
    binary, armored = gpg(home, "--export"), gpg(home, "--armor", "--export")
    assert fingerprints(binary) == fingerprints(armored) == known
    apart = b"".join(gpg(home, "--armor", "--export", each) for each in known)
    assert fingerprints(b"From them:\n" + apart.replace(b"\n", b"\r\n")) == known


def test_a_damaged_key_is_none(home: Path) -> None:
    binary = gpg(home, "--export", "b@example.org")
    whole = fingerprints(binary)
    for length in range(len(binary)):
        try:
            assert fingerprints(binary[:length]) == whole  # what follows the key may be away
        except ValueError:
            continue
    with pytest.raises(ValueError):
        fingerprints(b"<html>not found</html>")
    with pytest.raises(ValueError):
        fingerprints(b"")
