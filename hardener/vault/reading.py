"""Files that may be vaults, read: the same for whoever asks, and never written anywhere."""

from __future__ import annotations

import io
from pathlib import Path

from hardener.vault.envelope import HEADER, is_vault


def read(path: Path) -> tuple[bytes, bool]:
    """Return what a file holds, opened if it is a vault, and whether it is; OSError, SecretError."""
    data = path.read_bytes()
    if not is_vault(data):
        return data, False
    from hardener.vault.keyring import KEYS

    return KEYS.open(data, f"{path}:1:1"), True


def read_text(path: Path, encoding: str = "utf-8") -> tuple[str, bool]:
    """The same as text, with line ends as Python has them; UnicodeDecodeError too."""
    data, secret = read(path)
    return io.StringIO(data.decode(encoding), newline=None).read(), secret


def is_vault_file(path: Path) -> bool:
    """Tell a vault by its beginning; what cannot be read is none."""
    try:
        with path.open("rb") as file:
            return is_vault(file.read(len(HEADER)))
    except OSError:
        return False
