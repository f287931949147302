"""How often a run waits for its host, and how much it sends: the same few times, however many steps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from connect.conftest import Client, Sshd, User
from connect.round_trips import Relay

HARDEN = Path(sys.executable).with_name("harden")
MOST = 9
BYTES = 15_500  # of SSH, for all that a second run of ten steps sends
CODE = 220_000  # of the host's code, once a version and host: all step types, so that a run can be undone there


class Site:
    """A user's host behind a relay, and playbooks of some files for it."""

    def __init__(self, client: Client, server: Sshd, user: User) -> None:
        self._client, self._server = client, server
        self._work = user.home / ".local"
        self._inventory = client.folder / "hosts.yml"
        client.known_hosts.write_text(server.known("web1"))

    def harden(self, steps: int) -> Relay:
        """Apply a playbook of so many steps; return the relay that it went through."""
        with Relay(self._server.port) as relay:
            way = {
                "address": "127.0.0.1", "port": relay.port, "user": self._client.user,
                "identity_file": str(self._client.key),
            }  # fmt: skip
            self._inventory.write_text(f"all: {{hosts: {{web1: {way}}}}}\n")
            done = subprocess.run(
                [
                    HARDEN, "apply", self._playbook(steps), "-i", self._inventory, "--yes",
                    "--ssh-config", self._client.config("Host *\n  HostKeyAlias web1"),
                ],
                env={**os.environ, "XDG_STATE_HOME": str(self._client.folder / "state")},
                capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return relay

    def _playbook(self, steps: int) -> Path:
        files = [
            f"    - file: {{path: {self._work}/many-{n}, content: '{n}', mode: '0644'}}"
            for n in (step % 9 for step in range(steps - 1))
        ]
        folder = f"    - file: {{path: {self._work}, state: directory}}"
        path = self._client.folder / f"{steps}.yml"
        path.write_text("\n".join(["- hosts: all", "  steps:", folder, *files]) + "\n")
        return path


@pytest.fixture
def site(client: Client, sshd: Any, user: User) -> Site:
    return Site(client, sshd(), user)


def least(site: Site, steps: int) -> Relay:
    """The run of five with the fewest trips: a busy machine may part what is sent at once."""
    return min((site.harden(steps) for _ in range(5)), key=lambda relay: relay.trips)


def test_as_many_for_a_thousand_steps_as_for_ten(site: Site) -> None:
    first = site.harden(10)
    few, many = least(site, 10), least(site, 1000)
    assert few.trips == many.trips <= MOST
    assert first.connections == few.connections == many.connections == 1
    assert few.sent < BYTES < first.sent < BYTES + CODE
