"""Hash a password for /etc/shadow. The secret goes to openssl by stdin, never as an argument."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from functools import lru_cache

from jinja2 import pass_context
from jinja2.exceptions import FilterArgumentError
from jinja2.runtime import Context

_OPTIONS = {"sha512": "-6", "sha512_crypt": "-6", "sha256": "-5", "sha256_crypt": "-5"}


@pass_context
def password_hash(
    context: Context,
    password: object,
    hashtype: str = "sha512",
    salt: str | None = None,
    rounds: int | None = None,
) -> str:
    """Hash by crypt(3). Without a salt the same password gives the same hash on a host.

    A random salt, as Ansible takes, would change the account on every run. Ours comes from the
    host's name and the password by scrypt, which is as slow to guess from as the hash itself.
    """
    if hashtype not in _OPTIONS:
        known = ", ".join(_OPTIONS)
        raise FilterArgumentError(f"password_hash knows {known}, found {hashtype!r}")
    if not isinstance(password, str) or not password or "\n" in password:
        raise FilterArgumentError("password_hash needs one line of text")
    salt = salt or _salt(password, str(context.resolve("inventory_hostname") or ""))
    return _crypt(password, _OPTIONS[hashtype], f"rounds={rounds}${salt}" if rounds else salt)


@lru_cache(maxsize=1000)
def _salt(password: str, host: str) -> str:
    seed = hashlib.scrypt(password.encode(), salt=host.encode(), n=2**14, r=8, p=1, dklen=12)
    return base64.b64encode(seed, altchars=b"./").decode()


@lru_cache(maxsize=1000)
def _crypt(password: str, option: str, salt: str) -> str:
    command = ["openssl", "passwd", option, "-salt", salt, "-stdin"]
    try:
        done = subprocess.run(command, input=password, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise FilterArgumentError("password_hash needs the program openssl") from error
    except subprocess.CalledProcessError as error:
        raise FilterArgumentError(f"openssl passwd: {error.stderr.strip()}") from error
    return done.stdout.strip()
