"""The options that OpenSSH would use for a host: asked of `ssh -G`, or read without an ssh binary."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hardener.connect.alike import Likeness, likeness
from hardener.connect.asked import asked
from hardener.connect.target import Target
from hardener.errors import ConnectError

SECONDS = 30.0  # `ssh -G` may run programs (Match exec)
Options = Mapping[str, Sequence[str]]
# ssh(1): flags with a value, and the option that they set.
FLAGS = {"-J": "ProxyJump", "-i": "IdentityFile", "-l": "User", "-p": "Port", "-o": ""}


def options_of(target: Target) -> Options:
    """Return every value of every option, by its name in small letters."""
    if not shutil.which("ssh"):
        return _read_config(target)
    known = likeness(target)
    return _ask_ssh(target) if known is None else _shared(target, known)


_answers: dict[Likeness, Options] = {}
_asking: dict[Likeness, threading.Lock] = {}


def _shared(target: Target, known: Likeness) -> Options:
    """Ask for the first of those that are alike, and tell the others what differs: the name."""
    with _asking.setdefault(known, threading.Lock()):
        if known not in _answers:
            _answers[known] = _ask_ssh(target)
    name = target.destination
    return {**_answers[known], "host": [name], "hostname": [name.lower()]}


def _ask_ssh(target: Target) -> Options:
    words = ["ssh", "-T", "-G", *arguments(target), "--", target.destination]
    options: dict[str, list[str]] = {}
    for line in _said(target, words).splitlines():
        key, _, value = line.partition(" ")
        options.setdefault(key.lower(), []).append(value)
    return options


def arguments(target: Target) -> list[str]:
    """Return what ssh is told beside the name: its settings file, and what goes before that."""
    config = ["-F", target.ssh_config] if target.ssh_config else []
    return [*config, *_given(target)]


def _given(target: Target) -> list[str]:
    """Return what the inventory says; ssh takes the first value."""
    port = ["-p", str(target.port)] if target.port else []
    user = ["-l", target.user] if target.user else []
    return [*port, *user, *target.ssh_args]


def _said(target: Target, words: Sequence[str]) -> str:
    try:
        done = asked(words, SECONDS)
    except subprocess.TimeoutExpired as error:
        why = f"`ssh -G` took over {SECONDS:g} s: does a `Match exec` wait for something?"
        raise _unreadable(target, why) from error
    if done.returncode:
        raise _unreadable(target, done.stderr.strip())
    return done.stdout


def _read_config(target: Target) -> Options:
    """Do without an ssh binary: the same keys, read by paramiko (which knows no Include)."""
    from hardener.connect.lazy_paramiko import paramiko

    library = paramiko()
    path = Path(target.ssh_config or "~/.ssh/config").expanduser()
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    given = "\n".join(["Host *", *_lines(_given(target))])
    try:
        found = library.SSHConfig.from_text(f"{given}\n{text}").lookup(target.destination)
    except (library.SSHException, ImportError) as error:
        raise _unreadable(target, str(error)) from error
    lists = {key: value if isinstance(value, list) else [value] for key, value in found.items()}
    return {**DEFAULTS, **lists}


def _lines(args: Sequence[str]) -> Iterator[str]:
    """Yield arguments of ssh as lines of its configuration, as far as they say something there."""
    rest = iter(args)
    for word in rest:
        flag, value = word[:2], word[2:]
        if flag in FLAGS:
            value = value or next(rest, "")
            key, _, said = value.replace("=", " ", 1).strip().partition(" ")
            yield f"  {FLAGS[flag]} {value}" if FLAGS[flag] else f"  {key} {said}"


DEFAULTS: Options = {
    "identityfile": [f"~/.ssh/id_{kind}" for kind in ("rsa", "ecdsa", "ed25519")],
    "userknownhostsfile": ["~/.ssh/known_hosts ~/.ssh/known_hosts2"],
    "globalknownhostsfile": ["/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"],
}


def _unreadable(target: Target, why: str) -> ConnectError:
    return ConnectError("ssh can't read its settings", where=target.name, why=why)
