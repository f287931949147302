"""Become another user: the words for sudo and doas, sudo's password, and what refusals mean."""

from __future__ import annotations

import re
from collections.abc import Callable

from hardener.connect.target import Target
from hardener.errors import BecomeError, ConnectionLost

PROGRAM_MISSING = r"sudo: (command )?not found|sudo.: No such file|Unknown command.*sudo"
WRONG = r"incorrect (password|authentication)|authentication fail|try again"
# What sudo says in English (it is told to; the sentence for all else serves other languages),
# what we say, and what to do.
REFUSALS = (
    (
        r"must have a tty",
        "sudo on {host} insists on a terminal (requiretty)",
        "add `Defaults:{user} !requiretty` to its sudoers",
    ),
    (
        r"not in the sudoers|may not run sudo|not allowed to (execute|run)|isn't allowed",
        "sudo on {host} does not let {user} become {wanted}",
        "give {user} the right in its sudoers, or log in as {wanted}",
    ),
    (r"unknown user|user .*(not found|does not exist)", "{host} has no user {wanted}", ""),
    (
        r"doas: Authenti?[a-z]* required",
        "doas on {host} wants a password of {user}, and takes none but from a terminal",
        "write into its doas.conf: permit nopass {user} as {wanted}",
    ),
    (
        r"doas: Operation not permitted",
        "doas on {host} does not let {user} become {wanted}",
        "write into its doas.conf: permit nopass {user} as {wanted}",
    ),
    (
        r"doas: (command )?not found|doas.: No such file",
        "there is no doas on {host}",
        "install it there",
    ),
    (PROGRAM_MISSING, "there is no sudo on {host}", "install it there, or log in as {wanted}"),
)


def by_sudo(target: Target, user: str) -> bool:
    """Is it sudo that lets `user` in where the work is done?"""
    needed = bool(prefix(target, user, "", asks=False)) and user != "root"
    return needed and target.become_method == "sudo"


def prefix(target: Target, user: str, mark: str, asks: bool) -> list[str]:
    """Return the words to put before a command that `user` runs; none where they are who they should be."""
    if not target.become or target.become_user == user:
        return []
    if user == "root":
        return ["runuser", "-u", target.become_user, "--"]
    if target.become_method == "doas":
        return ["env", "LC_ALL=C", "doas", "-n", "-u", target.become_user, "--"]
    how = ["-S", "-p", mark + "password:"] if asks else ["-n"]
    return ["env", "LC_ALL=C", "sudo", "-H", *how, "-u", target.become_user, "--"]


class SudoPassword:
    """Answer sudo's prompt, which bears our mark, once; a second one means a wrong password."""

    def __init__(self, mark: str, password: str, write: Callable[[bytes], None]) -> None:
        self._prompt = (mark + "password:").encode()
        self._password = password
        self._write = write
        self._seen = b""
        self.prompts = 0

    def __call__(self, chunk: bytes) -> None:
        self._seen += chunk
        while self._prompt in self._seen:
            self._seen = self._seen.partition(self._prompt)[2]
            self.prompts += 1
            if self.prompts > 1:
                raise WrongPassword
            self._write(self._password.encode() + b"\n")
        self._seen = self._seen[-len(self._prompt) :]


class WrongPassword(Exception):
    """sudo asked again."""


def wrong_password(target: Target, user: str) -> BecomeError:
    """Return the error for a password that sudo did not take."""
    return BecomeError(
        f"sudo: the password for {user} on {target.name} is wrong",
        where=target.name,
        hint="give it again with -K, or see whether sudo there asks for another user's password",
    )


def refused(target: Target, user: str, asked: bool, error: ConnectionLost) -> BecomeError:
    """Return the error for a sudo that has ended before the command began."""
    words = {"host": target.name, "user": user, "wanted": target.become_user}
    if asked and re.search(WRONG, error.why, re.IGNORECASE):
        return wrong_password(target, user)
    for pattern, what, hint in REFUSALS:
        if re.search(pattern, error.why, re.IGNORECASE):
            return _error(target, what.format(**words), error.why, hint.format(**words))
    what = f"{user} could not become {target.become_user} on {target.name}"
    hint = error.hint or ("" if asked else "if sudo wants a password there, -K asks you for it")
    return _error(target, what, error.why or error.what, hint)


def _error(target: Target, what: str, why: str, hint: str) -> BecomeError:
    return BecomeError(what, where=target.name, why=why, hint=hint)
