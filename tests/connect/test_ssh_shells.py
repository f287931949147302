"""Login shells of all sorts stand between sshd and Python."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from hardener.connect import start
from hardener.errors import ConnectionLost, PythonMissing


def need(program):
    if not shutil.which(program):
        if os.environ.get("CI") == "true":
            pytest.fail(f"needs {program}")
        pytest.skip(f"needs {program}")
    return shutil.which(program)


@pytest.fixture
def host(sshd, client):
    server = sshd()
    client.trusts(server)
    return server


@pytest.mark.parametrize("shell", ["bash", "dash", "tcsh", "fish"])
@pytest.mark.parametrize("become", [False, True])
def test_a_login_shell(host, client, user, shell, become, tmp_path):
    user.shell(need(shell))
    user.sudo("{me} ALL=(ALL) ALL")
    client.answers.sudo = user.password
    root = str(tmp_path / "it's ! a $HOME \\ path") if become else None
    with client.open(host, become=become, root=root) as channel:
        channel.send({})
        assert channel.receive()["root"] == (root or "/")


@pytest.mark.parametrize(
    "noise",
    [
        "echo Welcome",
        "printf 'no newline'",
        "head -c 300000 /dev/urandom",
        "echo hardener-",
        "echo to stderr >&2",
    ],
)
def test_a_shell_that_talks_is_passed_over(host, client, user, noise):
    (user.home / ".bashrc").write_text(noise + "\n")
    client.uid(host)


def test_a_shell_that_never_stops_talking(host, client, user):
    (user.home / ".bashrc").write_text("yes\n")
    with pytest.raises(ConnectionLost, match="more than 1048576 bytes came before the answer"):
        client.uid(host)


def test_a_shell_that_lets_nobody_in(host, client, user):
    user.shell("/usr/sbin/nologin")
    with pytest.raises(ConnectionLost, match="the shell ended with 1 before Python") as caught:
        client.uid(host)
    assert "This account is currently not available" in caught.value.why
    assert "log in as a user who has a shell" in caught.value.hint


def test_a_cloud_image_that_lets_root_in_only_to_say_who_may(sshd, client):
    said = """echo 'Please login as the user "ubuntu" rather than the user "root".'; exit 142"""
    server = sshd(f"ForceCommand {said}")
    client.trusts(server)
    with pytest.raises(ConnectionLost, match="ended with 142") as caught:
        client.uid(server)
    assert "rather than the user" in caught.value.why
    assert caught.value.hint == "set `user: ubuntu` in the inventory"


def test_an_account_for_files_only(sshd, client):
    server = sshd("ForceCommand internal-sftp", "Subsystem sftp internal-sftp")
    client.trusts(server)
    with pytest.raises(ConnectionLost) as caught:
        client.uid(server)
    assert "allows sftp connections only" in caught.value.why
    assert "has a shell" in caught.value.hint


def test_a_password_that_has_expired(sshd, client, user):
    server = sshd("UsePAM yes")
    client.trusts(server)
    subprocess.run(["chage", "-d", "0", user.name], check=True)
    try:
        with pytest.raises(ConnectionLost) as caught:
            client.uid(server)
    finally:
        subprocess.run(["chage", "-d", "2026-01-01", user.name], check=True)
    assert "expired" in caught.value.why
    assert "set a new password" in caught.value.hint


def test_a_shell_that_waits_for_ever(host, client, user, monkeypatch):
    monkeypatch.setattr(start, "SECONDS", 1.0)
    (user.home / ".bashrc").write_text("echo 'is your disk here?'; sleep 4\n")
    with pytest.raises(ConnectionLost, match="no Python began within 1 s") as caught:
        client.uid(host)
    assert "is your disk here?" in caught.value.why
    assert "wait for something" in caught.value.hint


def test_no_python(sshd, client, place):
    folder = place / "no-python"
    folder.mkdir(exist_ok=True)
    server = sshd(f"SetEnv PATH={folder}")
    client.trusts(server)
    with pytest.raises(PythonMissing, match="no Python >= 3.6 on web1") as caught:
        client.uid(server)
    assert "python3.6" in caught.value.why
    assert "/usr/libexec/platform-python" in caught.value.why


OLD = "#!/bin/sh\necho 'Unknown option: -I' >&2; exit 2\n"
SHIM = "#!/bin/sh\necho 'pyenv: python3: command not found' >&2; exit 127\n"


@pytest.mark.parametrize("script", [OLD, SHIM, "#!/nowhere\n"], ids=["old", "shim", "broken"])
def test_a_python3_that_is_no_use_is_passed_over(sshd, client, place, script, request):
    folder = place / request.node.callspec.id
    folder.mkdir()
    (folder / "python3").write_text(script)
    (folder / "python3").chmod(0o755)
    (folder / "python3.11").symlink_to(shutil.which("python3", path="/usr/bin:/bin"))
    server = sshd(f"SetEnv PATH={folder}")
    client.trusts(server)
    client.uid(server)


def test_a_program_that_fails_is_not_taken_for_an_old_python(host, client):
    with client.open(host) as channel:
        channel.send({"do": "die"})
        with pytest.raises(ConnectionLost, match="has ended"):
            channel.receive(10)


def test_the_configured_python_is_tried_first(host, client, place):
    path = place / "my python"
    path.write_text(
        f'#!/bin/sh\nMINE=1 exec {shutil.which("python3", path="/usr/bin:/bin")} "$@"\n'
    )
    path.chmod(0o755)
    with client.open(host, python=str(path)) as channel:
        channel.send({"do": "environment"})
        assert channel.receive()["environment"]["MINE"] == "1"
