"""AES256 as Ansible's vault means it: AES-CTR, its HMAC-SHA256, keys by PBKDF2 from a password.

docs.ansible.com, «Ansible Vault payload format 1.1 - 1.2».
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from hardener.errors import SecretError
from hardener.vault.envelope import DEFAULT, Envelope

_ROUNDS = 10_000
_KEY = 32
_BLOCK = 16


def seal(plain: bytes, password: bytes, label: str = DEFAULT) -> Envelope:
    """Encrypt; the salt is new each time, so that equal texts do not show as equal."""
    salt = os.urandom(32)
    key, signing, start = _keys(password, salt)
    pad = PKCS7(8 * _BLOCK).padder()
    encrypt = Cipher(algorithms.AES(key), modes.CTR(start)).encryptor()
    ciphertext = encrypt.update(pad.update(plain) + pad.finalize()) + encrypt.finalize()
    return Envelope(salt, _sign(signing, ciphertext), ciphertext, label)


def unseal(envelope: Envelope, password: bytes) -> bytes | None:
    """Decrypt; None where the password does not fit, which is known before anything is decrypted."""
    key, signing, start = _keys(password, envelope.salt)
    if not hmac.compare_digest(_sign(signing, envelope.ciphertext), envelope.hmac):
        return None
    decrypt = Cipher(algorithms.AES(key), modes.CTR(start)).decryptor()
    padded = decrypt.update(envelope.ciphertext) + decrypt.finalize()
    unpad = PKCS7(8 * _BLOCK).unpadder()
    try:
        return unpad.update(padded) + unpad.finalize()
    except ValueError:
        raise SecretError("this vault is damaged", why="its padding is none") from None


def _keys(password: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    """Derive the key of the cipher, that of the HMAC, and where the counter starts."""
    made = hashlib.pbkdf2_hmac("sha256", password, salt, _ROUNDS, 2 * _KEY + _BLOCK)
    return made[:_KEY], made[_KEY : 2 * _KEY], made[2 * _KEY :]


def _sign(key: bytes, ciphertext: bytes) -> bytes:
    return hmac.new(key, ciphertext, "sha256").digest()
