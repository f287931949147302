"""The options that say where the passwords of vaults come from."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from hardener.vault.passwords import Source

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--vault-id",
        "vault_ids",
        multiple=True,
        metavar="LABEL@SOURCE",
        help="Password of a vault: `prompt`, a file, or a program that prints it; may be repeated.",
    ),
    click.option(
        "--vault-password-file",
        "--vault-pass-file",
        "vault_password_files",
        multiple=True,
        metavar="FILE",
        help="The same without a label. Also by $HARDENER_VAULT_PASSWORD_FILE or Ansible's.",
    ),
    click.option(
        "-J",
        "--ask-vault-pass",
        "--ask-vault-password",
        "ask_vault_pass",
        is_flag=True,
        help="Ask for the password of vaults.",
    ),
)
FILES = ("HARDENER_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_PASSWORD_FILE")
IDS = "ANSIBLE_VAULT_IDENTITY_LIST"


def vault_options(function: F) -> F:
    """Add the options of every command that may meet a vault; a person is asked now, as for sudo."""

    @functools.wraps(function)
    def opening(*arguments: Any, **given: Any) -> Any:
        sources = taken(given)
        if sources:
            from hardener.vault.keyring import KEYS

            know(sources)
            for source in filter(lambda each: each.asks, sources):
                KEYS.password(source)
        return function(*arguments, **given)

    return decorated(opening)  # type: ignore[return-value]


def decorated(function: F) -> F:
    """Add the options alone."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def know(sources: Sequence[Source]) -> None:
    """Put passwords on the one keyring of this process."""
    from hardener.cli.ask import hidden
    from hardener.vault.keyring import KEYS

    KEYS.ask = hidden
    KEYS.add(sources)


def taken(given: dict[str, Any]) -> list[Source]:
    """Take the options out of a command's parameters; the environment comes after its like."""
    ids = [*_words(os.environ.get(IDS, "")), *given.pop("vault_ids")]
    set_ = [os.environ[name] for name in FILES if os.environ.get(name)]
    files = [*given.pop("vault_password_files"), *set_]
    asks = given.pop("ask_vault_pass")
    if not (ids or files or asks):
        return []
    from hardener.vault.envelope import DEFAULT
    from hardener.vault.passwords import PROMPT, Source

    sources = [Source.of(text) for text in ids] + [Source(DEFAULT, name) for name in files]
    return sources + ([Source(DEFAULT, PROMPT)] if asks else [])


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
