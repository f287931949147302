"""`harden` by the inventory of somebody who comes from Ansible, against a real sshd and sudo."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

HARDEN = str(Path(sys.executable).with_name("harden"))


@pytest.fixture
def facts(tmp_path):
    """Run `harden facts` with an inventory; return its facts of the host."""

    def run(inventory: str, *words: str) -> dict:
        (tmp_path / "hosts.ini").write_text(inventory)
        done = subprocess.run(
            [HARDEN, "facts", "-i", str(tmp_path / "hosts.ini"), *words],
            env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


def test_a_proxy_command_and_options_in_the_arguments_for_ssh(sshd, client, user, facts):
    gate, server = sshd(), sshd()
    client.trusts(gate, server)
    known = f"-o UserKnownHostsFile={client.known_hosts}"
    way = f"ssh -F none -i {client.key} {known} -p {gate.port} -W %h:%p -q {user.name}@127.0.0.1"
    found = facts(
        f"web1 ansible_host=127.0.0.1 ansible_port={server.port} ansible_user={user.name}\n"
        "[all:vars]\n"
        f"ansible_ssh_private_key_file={client.key}\n"
        f"ansible_ssh_common_args='{known} -o ProxyCommand=\"{way}\"'\n"
    )
    assert found["web1"]["system"]["uid"] > 0
    assert "direct-tcpip" in gate.log.read_text()


def test_passwords_that_the_inventory_holds(sshd, client, user, facts, tmp_path):
    user.sudo("{me} ALL=(games) ALL")
    server = sshd("PasswordAuthentication yes")
    client.trusts(server)
    found = facts(
        f"web1 ansible_host=127.0.0.1 ansible_port={server.port} ansible_user={user.name}\n"
        "[all:vars]\n"
        f"ansible_password={user.password}\n"
        "ansible_become=true\nansible_become_user=games\n"
        f"ansible_become_password={user.password}\n",
        "--ssh-config",
        client.config(),
    )
    assert found["web1"]["system"]["uid"] == pwd.getpwnam("games").pw_uid


def test_the_user_and_key_that_are_typed_win_over_the_inventory(sshd, client, user, facts):
    server = sshd()
    client.trusts(server)
    found = facts(
        f"web1 ansible_host=127.0.0.1 ansible_port={server.port} ansible_user=nobody-of-this-name\n"
        "[all:vars]\n"
        "ansible_ssh_private_key_file=/nowhere\n"
        f"ansible_ssh_common_args='-o UserKnownHostsFile={client.known_hosts}'\n",
        *("-u", user.name, "--private-key", str(client.key)),
    )
    assert found["web1"]["system"]["uid"] == pwd.getpwnam(user.name).pw_uid
