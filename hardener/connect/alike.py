"""Hosts of which OpenSSH's settings files say the same: `ssh -G` is run for one of them.

A fleet is reached by a few lines below `Host *`, and a program for each host is a third of what a
host more costs here. Where something else than the patterns of `Host` may tell hosts apart
(`Match`, `HostName`, a token as %h, a name to be completed by DNS), each is asked for by itself:
ssh_config(5).
"""

from __future__ import annotations

import functools
import os
import pwd
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from hardener.connect.known_hosts import fits
from hardener.connect.target import Target
from hardener.dataclass import dataclass

SYSTEMS = Path("/etc/ssh")
DEEPEST = 16  # Include within Include: readconf.c
SETTING = re.compile(r'\s*"?(\w+)"?\s*=?\s*(.*)')
# Nothing here reads where ssh keeps its sockets, and everybody writes %C there.
IDLE = ("controlpath",)
NAME = re.compile(r"[\w.:][\w.:-]*", re.ASCII)  # of others ssh says itself what is wrong
APART = ("match", "hostname", "canonicalizehostname")
Likeness = tuple[object, ...]


def likeness(target: Target) -> Likeness | None:
    """Return what the settings of a host depend on; None where only ssh can tell."""
    name = target.destination
    if target.ssh_args or not NAME.fullmatch(name):
        return None
    texts = tuple(_texts(target.ssh_config))
    blocks = [block for text in texts for block in _blocks(text)]
    if any(block.tells_apart and block.may_be_of(name) for block in blocks):
        return None
    found = tuple(fits(word.lstrip("!"), name) for block in blocks for word in block.patterns)
    return (target.user, target.port, texts, found)


@dataclass
class Block:
    """What stands below a `Host` line; no pattern, above the first: of any host."""

    patterns: Sequence[str] = ()
    tells_apart: bool = False

    def may_be_of(self, name: str) -> bool:
        wanted = [pattern for pattern in self.patterns if not pattern.startswith("!")]
        return not self.patterns or any(fits(pattern, name) for pattern in wanted)


def _texts(config: str | None) -> Iterator[str]:
    """Yield the files that ssh would read (-F leaves out the machine's own), with what they include."""
    own = _home() / ".ssh"
    if config:
        yield from _text(Path(config), own)
        return
    yield from _text(own / "config", own)
    yield from _text(SYSTEMS / "ssh_config", SYSTEMS)


def _home() -> Path:
    """Return the home that ssh goes by: not $HOME (ssh.c)."""
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path.home()  # ssh itself refuses somebody who has no account


def _text(file: Path, base: Path, depth: int = 0) -> Iterator[str]:
    try:
        text = file.read_text("utf-8", "replace")
    except OSError:
        return
    yield text
    if depth < DEEPEST:
        for pattern in _included(text):
            place = base / re.sub(r"^~(?=/)", str(_home()), pattern)
            for each in sorted(Path("/").glob(str(place).lstrip("/"))):
                yield from _text(each, base, depth + 1)


@functools.lru_cache
def _included(text: str) -> Sequence[str]:
    return [word for key, said in _lines(text) if key == "include" for word in _words(said)]


@functools.lru_cache
def _blocks(text: str) -> Sequence[Block]:
    """`Match` begins one that may be of any host, by what only ssh can ask."""
    blocks = [Block()]
    for key, said in _lines(text):
        if key in ("host", "match"):
            blocks.append(Block(_words(said) if key == "host" else ()))
        if key in APART or (key not in IDLE and set(said) & set("%$")):
            blocks[-1].tells_apart = True
    return blocks


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield each setting: its name in small letters, and what is said."""
    for line in text.splitlines():
        if found := SETTING.match(line):
            yield found[1].lower(), found[2]


def _words(said: str) -> list[str]:
    try:
        return shlex.split(said)
    except ValueError:
        return said.split()
