"""Whose key is known, unknown, changed, revoked or vouched for (D33)."""

from __future__ import annotations

import subprocess

import pytest

from hardener.connect.known_hosts import fingerprint
from hardener.errors import HostKeyError


def print_of(key):
    words = ["ssh-keygen", "-lf", f"{key}.pub"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[1]


def test_an_unknown_key_is_refused_with_its_fingerprint_and_what_to_do(sshd, client):
    server = sshd()
    with pytest.raises(HostKeyError) as caught:
        client.open(server)
    assert "the ED25519 key is not known" in str(caught.value)
    assert print_of(server.key) in str(caught.value)
    scan = f"ssh-keyscan -t ed25519 -p {server.port} 127.0.0.1 >> {client.known_hosts}"
    assert scan in caught.value.hint
    assert "--accept-new" in caught.value.hint
    assert not client.known_hosts.exists()


def test_the_command_that_the_error_gives_works(sshd, client):
    server = sshd()
    with pytest.raises(HostKeyError) as caught:
        client.open(server)
    command = caught.value.hint.partition("or: ")[2]
    subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True)
    client.uid(server)


@pytest.mark.parametrize("hashed", [False, True])
def test_accept_new_adds_it_as_ssh_does(sshd, client, hashed):
    server = sshd()
    client.config(f"Host *\n  HashKnownHosts {'yes' if hashed else 'no'}\n")
    client.known_hosts.write_text("other ssh-ed25519 AAAA")
    client.uid(server, accept_new=True)
    lines = client.known_hosts.read_text().splitlines()
    assert lines[0] == "other ssh-ed25519 AAAA"
    assert len(lines) == 2
    assert lines[1].startswith("|1|") == hashed
    found = subprocess.run(
        ["ssh-keygen", "-F", f"[127.0.0.1]:{server.port}", "-f", str(client.known_hosts)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert server.known().split()[2] in found.stdout
    client.uid(server)


def test_a_file_that_accept_new_makes_is_private(sshd, client):
    server = sshd()
    client.uid(server, accept_new=True)
    assert client.known_hosts.stat().st_mode & 0o777 == 0o600


def test_ssh_config_may_say_accept_new(sshd, client):
    client.config("Host *\n  StrictHostKeyChecking accept-new\n")
    client.uid(sshd())


@pytest.mark.parametrize("accept_new", [False, True])
def test_a_changed_key_is_refused_with_both_fingerprints_and_the_line(
    sshd, client, keys, accept_new
):
    server = sshd()
    other = keys("other")
    kind, blob, _ = (other.with_suffix(".pub")).read_text().split()
    client.known_hosts.write_text(f"# a comment\n[127.0.0.1]:{server.port} {kind} {blob}\n")
    before = client.known_hosts.read_text()
    with pytest.raises(HostKeyError) as caught:
        client.open(server, accept_new=accept_new)
    text = str(caught.value)
    assert "the ED25519 key has changed" in text
    assert print_of(server.key) in text
    assert print_of(other) in text
    assert f"{client.known_hosts}:2" in text
    assert f"ssh-keygen -f {client.known_hosts} -R '[127.0.0.1]:{server.port}'" in text
    assert client.known_hosts.read_text() == before


def test_a_key_of_another_type_than_the_known_one_is_not_new(sshd, client, keys):
    server = sshd()
    kind, blob, _ = keys("other-rsa", "rsa").with_suffix(".pub").read_text().split()
    client.known_hosts.write_text(f"[127.0.0.1]:{server.port} {kind} {blob}\n")
    with pytest.raises(HostKeyError, match="a ED25519 key is new"):
        client.open(server, accept_new=True)


def test_the_known_type_is_asked_for_among_several(sshd, client, keys):
    rsa = keys("host-rsa", "rsa")
    server = sshd(f"HostKey {rsa}")
    kind, blob, _ = rsa.with_suffix(".pub").read_text().split()
    client.known_hosts.write_text(f"[127.0.0.1]:{server.port} {kind} {blob}\n")
    client.uid(server)


def test_a_revoked_key_is_refused_even_if_it_is_known(sshd, client):
    server = sshd()
    client.known_hosts.write_text(server.known() + "@revoked * " + server.known().split(" ", 1)[1])
    with pytest.raises(HostKeyError, match=rf"is revoked(.|\n)*{client.known_hosts}:2"):
        client.open(server, accept_new=True)


def test_an_authority_line_breaks_nothing_and_is_explained(sshd, client, keys):
    server = sshd()
    authority = "@cert-authority * " + keys("authority").with_suffix(".pub").read_text()
    client.known_hosts.write_text(authority)
    with pytest.raises(
        HostKeyError, match="trusts an authority for it: `connection: openssh` can check that"
    ):
        client.open(server)
    client.known_hosts.write_text(authority + server.known())
    client.uid(server)


def test_a_host_with_a_certificate_still_shows_its_plain_key(sshd, client, keys):
    host, authority = keys("host-certified"), keys("authority")
    sign = ["ssh-keygen", "-q", "-h", "-s", str(authority), "-I", "h", f"{host}.pub"]
    subprocess.run(sign, check=True, capture_output=True)
    server = sshd(f"HostCertificate {host}-cert.pub", key="host-certified")
    client.trusts(server)
    client.uid(server)


def test_a_second_file_and_a_name_without_port_and_an_alias_count(sshd, client, tmp_path):
    server = sshd()
    second = tmp_path / "second"
    client.config(f"Host *\n  UserKnownHostsFile {client.known_hosts} {second}\n")
    second.write_text(server.known("127.0.0.1"))
    client.uid(server)
    second.write_text(server.known("alias"))
    with pytest.raises(HostKeyError):
        client.open(server)
    client.config(
        f"Host *\n  HostKeyAlias alias\n  UserKnownHostsFile {client.known_hosts} {second}\n"
    )
    client.uid(server)


def test_another_hosts_key_under_the_bare_name_is_not_a_change(sshd, client, keys):
    server = sshd()
    kind, blob, _ = keys("other").with_suffix(".pub").read_text().split()
    client.known_hosts.write_text(f"127.0.0.1 {kind} {blob}\n")
    client.uid(server, accept_new=True)


def test_a_fingerprint_is_as_ssh_keygen_prints_it(keys):
    import base64

    key = keys("other")
    blob = base64.b64decode(key.with_suffix(".pub").read_text().split()[1])
    assert fingerprint(blob) == print_of(key)


def test_a_key_that_cannot_be_kept_is_said(sshd, client):
    client.known_hosts.parent.mkdir(exist_ok=True)
    client.config("Host *\n  UserKnownHostsFile /dev/null/known_hosts\n")
    with pytest.raises(HostKeyError) as caught:
        client.open(sshd(), accept_new=True)
    assert "can't be kept in /dev/null/known_hosts" in str(caught.value)
