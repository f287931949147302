"""Questions on the terminal: passwords, passphrases, and whether to go on."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from hardener.connect import AskedOnce, Secrets, Target


class Terminal:
    """Asks for what a connection needs; login and sudo passwords only if a flag says so."""

    def __init__(self, login: bool, become: bool) -> None:
        self._login, self._become = login, become
        self._said: dict[str, str] = {}

    def password(self, target: Target) -> str | None:
        return self._same("login password") if self._login else None

    def sudo_password(self, target: Target) -> str | None:
        return self._same("sudo password") if self._become else None

    def passphrase(self, path: str) -> str | None:
        return hidden(f"Passphrase of {path}") if sys.stdin.isatty() else None

    def _same(self, what: str) -> str:
        """One answer serves all hosts, as with `ansible-playbook -K`."""
        if what not in self._said:
            self._said[what] = hidden(what.capitalize())
        return self._said[what]


def secrets_from(given: dict[str, Any]) -> Secrets:
    """Ask now, before any connection, so that nothing waits in the middle."""
    terminal = Terminal(given["ask_pass"], given["ask_become_pass"])
    for flag, what in (("ask_pass", "login password"), ("ask_become_pass", "sudo password")):
        if given[flag]:
            terminal._same(what)
    return AskedOnce(terminal)


def flags(given: Mapping[str, Any]) -> str:
    """Return what the next command has to be given as well, to ask for the same passwords: ` -K`."""
    asked = {" -k": given["ask_pass"], " -K": given["ask_become_pass"]}
    return "".join(flag for flag, wanted in asked.items() if wanted)


def hidden(prompt: str, *, echo: bool = False) -> str:
    """Read without echo from the terminal; from a pipe, one line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=not echo, err=True))
    return sys.stdin.readline().rstrip("\n")


def go_on(question: str) -> bool:
    """Ask yes or no; only an explicit yes is one."""
    return click.confirm(question, default=False, err=True)


def at_terminal() -> bool:
    """Is there somebody to be asked?"""
    return sys.stdin.isatty() and sys.stdout.isatty()
