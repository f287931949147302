"""Log in to a real sshd by each way there is."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from pathlib import Path

import pytest

from hardener.errors import ConnectError, ConnectionLost, LoginError


def test_a_key(sshd, client, user):
    server = sshd()
    client.trusts(server)
    assert client.uid(server) == pwd.getpwnam(user.name).pw_uid
    assert client.answers.asked == []
