"""A pipe to a command on this machine."""

from __future__ import annotations

import os
import pwd
import sys

from hardener.connect.bootstrap import ENTRY
from hardener.connect.channel import Channel
from hardener.connect.child import ChildPipe
from hardener.connect.code import Code
from hardener.connect.laps import Laps
from hardener.connect.meanwhile import Meanwhile, nothing
from hardener.connect.secrets import Secrets
from hardener.connect.start import Start, meet
from hardener.connect.target import Target
from hardener.errors import ConnectError


def open_local(
    target: Target, secrets: Secrets, code: Code, entry: str = ENTRY, meanwhile: Meanwhile = nothing
) -> Channel:
    """Start the host's code on this machine, by our own Python unless another is named."""
    laps, user = Laps(), pwd.getpwuid(os.geteuid()).pw_name
    wanted = Start.of(target, user, secrets, code, entry)
    argv = wanted.shell_argv() if target.python else wanted.argv(sys.executable)
    try:
        pipe = ChildPipe(target.name, argv)
    except OSError as error:
        raise ConnectError(f"can't start {argv[0]}", where=target.name, why=str(error)) from error
    meanwhile()
    return meet(pipe, wanted, laps)
