"""Notice that something out of a vault was used, however it was cut, joined or hashed afterwards.

Values are watched, not marked: a mark would be lost in the first filter. Whoever renders says
`with watching() as seen`, and `seen.secret` tells whether a secret had a part in it.
"""

from __future__ import annotations

from contextvars import ContextVar, Token

from hardener.hiding import hide
from hardener.inventory.marked import Vaulted


class watching:  # noqa: N801 - used as a function
    """Watch what is rendered within; what an inner watch sees, the outer one sees too."""

    def __init__(self) -> None:
        self.secret = False

    def __enter__(self) -> watching:
        self._token: Token[watching | None] = _WATCH.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _WATCH.reset(self._token)
        if self.secret:
            used()


_WATCH: ContextVar[watching | None] = ContextVar("watch", default=None)


def used() -> None:
    """Say that a secret is used now."""
    watch = _WATCH.get()
    if watch:
        watch.secret = True


def reveal(value: Vaulted) -> str:
    """Open an encrypted value: a secret from now on. SecretError says where it stands."""
    from hardener.vault.keyring import KEYS

    text = KEYS.text(value.ciphertext, value.where)
    used()
    hide(text)
    return text
