"""What a host says where Python should answer, and what to do about it."""

from __future__ import annotations

import re

from hardener.connect.pipe import Pipe
from hardener.errors import ConnectionLost

LINES = 8
# What cloud images, PAM, nologin(8) and sshd say, and what to do.
HINTS = (
    (r'login as the user "([\w.-]+)"', "set `user: {0}` in the inventory"),
    (
        r"password (has )?expired|change your password|password change required",
        "log in once by `ssh -t`, and set a new password",
    ),
    (
        r"account is currently not available|allows sftp connections only",
        "log in as a user who has a shell, or give this one a shell",
    ),
)


def explained(pipe: Pipe, error: ConnectionLost, mark: str, seconds: float) -> ConnectionLost:
    """Return the error for a pipe that ended, or said nothing in time, before Python did."""
    why = own_words("\n".join(part for part in (pipe.noise(), error.why) if part), mark)
    hint = next((each for each in (_hint(*pair, why) for pair in HINTS) if each), "")
    if pipe.timed_out:
        what = f"logged in, but no Python began within {seconds:g} s"
        return _error(
            error, what, why, hint or "does the login shell, or sudo, wait for something?"
        )
    status = pipe.exit_status()
    if status is None or status < 0:
        return _error(error, error.what, why, hint)
    return _error(error, f"logged in, but the shell ended with {status} before Python", why, hint)


def own_words(text: str, mark: str) -> str:
    """Take out what is ours: sudo repeats its prompt, and the whole command that it refuses."""
    text = re.sub(rf"/bin/sh -c LC_ALL=.*{mark}none", "/bin/sh -c …", text, flags=re.DOTALL)
    text = re.sub(rf"{mark}password:\s*", "", text)
    return "\n".join(text.strip().splitlines()[-LINES:])


def _hint(pattern: str, hint: str, text: str) -> str:
    found = re.search(pattern, text, re.IGNORECASE)
    return hint.format(*found.groups()) if found else ""


def _error(error: ConnectionLost, what: str, why: str, hint: str) -> ConnectionLost:
    return ConnectionLost(what, where=error.where, why=why, hint=hint)
