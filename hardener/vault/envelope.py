"""The text form of a vault: a header, then hex of the hex of its parts, in lines of 80.

Version 1.1 has no label, 1.2 names the one of its password; 1.0 (Ansible before 1.5.1) is refused.
"""

from __future__ import annotations

import binascii

from hardener.dataclass import dataclass
from hardener.errors import SecretError

HEADER = b"$ANSIBLE_VAULT"
CIPHER = b"AES256"
DEFAULT = "default"
_WIDTH = 80


@dataclass(frozen=True)
class Envelope:
    """A vault as its text says it: nothing of it is proved yet."""

    salt: bytes
    hmac: bytes
    ciphertext: bytes
    label: str = DEFAULT


def is_vault(data: bytes) -> bool:
    """Tell a vault by its first bytes, as Ansible does."""
    return data.startswith(HEADER)


def parse(data: bytes) -> Envelope:
    """Read the text; SecretError says what is wrong with it."""
    header, *lines = [line.strip() for line in data.strip().splitlines()]
    label = _label(header)
    try:
        inner = binascii.unhexlify(b"".join(lines))
        salt, hmac, ciphertext = (binascii.unhexlify(part) for part in inner.split(b"\n", 2))
    except ValueError as error:
        raise SecretError("this vault is damaged", why=_broken(error)) from None
    return Envelope(salt, hmac, ciphertext, label)


def _label(header: bytes) -> str:
    parts = [part.strip() for part in header.split(b";")]
    if len(parts) < 3 or parts[1] not in (b"1.1", b"1.2") or parts[2] != CIPHER:
        shown = header.decode("ascii", "replace")[:60]
        hint = "`ansible-vault rekey` of an old Ansible writes 1.1" if b";1.0;" in header else ""
        raise SecretError(f"a vault of a kind that is not known: {shown}", hint=hint)
    return parts[3].decode("utf-8", "replace") if len(parts) > 3 and parts[3] else DEFAULT


def _broken(error: ValueError) -> str:
    """Say it without the library's words, of which one reads «Odd-length string»."""
    is_hex = isinstance(error, binascii.Error)
    return "what follows its header is no hex, or not all there" if is_hex else "a part is missing"


def write(envelope: Envelope) -> bytes:
    """Write the text, as `ansible-vault` lays it out."""
    parts = (envelope.salt, envelope.hmac, envelope.ciphertext)
    body = binascii.hexlify(b"\n".join(map(binascii.hexlify, parts)))
    named = envelope.label != DEFAULT
    header = [HEADER, b"1.2" if named else b"1.1", CIPHER]
    header += [envelope.label.encode()] if named else []
    lines = [body[at : at + _WIDTH] for at in range(0, len(body), _WIDTH)]
    return b"\n".join([b";".join(header), *lines, b""])
