"""How the lab runs the machine's own programs: output kept, failures told with that output."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

Completed = subprocess.CompletedProcess[str]
Argument = str | Path

#: What a login shell of a Debian host would have; nothing of the machine's own environment.
CLEAN_ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}


def search_path() -> str:
    """PATH with the sbin folders, which a user's shell often leaves out."""
    return os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


class CommandFailed(AssertionError):
    """A command of the lab left with an error; its output is in the message."""


def run(
    argv: Sequence[Argument],
    *,
    check: bool = True,
    input: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Argument | None = None,
    timeout: float = 120,
) -> Completed:
    """Run to the end; standard input is empty unless given, so nothing can wait for a person."""
    done = subprocess.run(
        [str(part) for part in argv],
        input="" if input is None else input,
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="surrogateescape",
        env=os.environ | {"PATH": search_path()} if env is None else dict(env),
        cwd=cwd,
        timeout=timeout,
    )
    if check and done.returncode != 0:
        raise CommandFailed(explain(done))
    return done


def explain(done: Completed) -> str:
    """What ran, how it ended, what it said: for an assertion's message."""
    command = " ".join(map(str, done.args))
    return f"{command}\nexit code {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
