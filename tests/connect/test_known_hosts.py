"""Lines of known_hosts, as sshd(8) describes them."""

from __future__ import annotations

import subprocess

import pytest

from hardener.connect import known_hosts

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN+QPZ3b4ik2nYP0cyD0Vr0GzvLPHCCUWVQfAzbtxfYA"


@pytest.mark.parametrize(
    ("names", "name", "found"),
    [
        ("web1", "web1", True),
        ("WEB1", "web1", True),
        ("web1", "web10", False),
        ("web1,10.0.0.1", "10.0.0.1", True),
        ("web?", "web1", True),
        ("web*", "web", True),
        ("*.example.org", "a.b.example.org", True),
        ("*.example.org", "example.org", False),
        ("*,!web2", "web2", False),
        ("!web2,*", "web1", True),
        ("!web1", "web2", False),
        ("[web1]:2222", "[web1]:2222", True),
        ("[web1]:2222", "web1", False),
        ("[web*]:*", "[web1]:2222", True),
        ("::1", "::1", True),
        ("|1|broken", "web1", False),
        ("|1|!!!|x", "web1", False),
    ],
)
def test_patterns(names, name, found):
    assert known_hosts.matches(names, name) == found


@pytest.mark.parametrize("name", ["web1", "[web1]:2222", "10.0.0.1"])
def test_names_that_ssh_keygen_hashed(tmp_path, name):
    file = tmp_path / "known_hosts"
    file.write_text(f"{name} {KEY}\n")
    subprocess.run(["ssh-keygen", "-H", "-f", str(file)], check=True, capture_output=True)
    (line,) = known_hosts.read([file])
    assert line.names.startswith("|1|")
    assert known_hosts.matches(line.names, name)
    assert not known_hosts.matches(line.names, name + "x")


def test_comments_blank_and_broken_lines_are_passed_over(tmp_path):
    file = tmp_path / "known_hosts"
    file.write_text(
        f"# web0 {KEY}\n\nweb1 {KEY} a comment\nweb2 ssh-rsa not!base64\nweb3\n"
        f"@cert-authority * {KEY}\n@strange * {KEY}\n\t@revoked bad {KEY}\nweb4 {KEY}\xff\n"
    )
    lines = known_hosts.read([tmp_path / "gone", file])
    assert [(line.number, line.marker, line.names) for line in lines] == [
        (3, "", "web1"),
        (6, "@cert-authority", "*"),
        (8, "@revoked", "bad"),
    ]
    assert lines[0].place == f"{file}:3"


@pytest.mark.parametrize(
    ("host", "port", "alias", "names"),
    [
        ("Web1", 22, None, ("web1",)),
        ("web1", 2222, None, ("[web1]:2222", "web1")),
        ("web1", 2222, "Alias", ("alias",)),
    ],
)
def test_the_names_of_a_host(host, port, alias, names):
    assert known_hosts.names_of(host, port, alias) == names


def test_a_key_is_not_added_to_what_is_no_file():
    known_hosts.add(known_hosts.Path("/dev/null"), "web1", "ssh-ed25519", b"x", hashed=False)
