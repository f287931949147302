"""What one of harden and ansible-vault has written, the other reads: both ways, byte for byte."""

import json
import random

import needs
import pytest
import yaml
from inventory import ansible
from vault.harden import Place

CONTENTS = {
    "text": b"password: secret\n",
    "empty": b"",
    "crlf": b"a: 1\r\nb: 2\r\n",
    "no-newline": b"x",
    "one-block": b"0123456789abcdef",
    "umlauts": "grün\n".encode(),
    "binary": bytes(range(256)),
    "huge": random.Random(1).randbytes(3_000_001),
}
KEYS = ("--vault-id", "prod@prod.pw", "--vault-id", "other@wrong.pw", "--vault-password-file", "pw")
HEADERS = {b"$ANSIBLE_VAULT;1.2;AES256;prod", b"$ANSIBLE_VAULT;1.1;AES256"}
CLIENT = """#!/bin/sh
[ "$1" = --vault-id ] || exit 1
[ "$2" = prod ] || exit 2
cat prod.pw
"""


@pytest.fixture(autouse=True)
def installed() -> None:
    if not ansible.program("ansible-vault").exists():
        needs.missing("needs ansible-core: python tests/inventory/ansible.py installs it")


@pytest.fixture
def files(place: Place) -> list[str]:
    for name, content in CONTENTS.items():
        place.write(name, content)
    return list(CONTENTS)


def read(place: Place) -> dict[str, bytes]:
    return {name: place.read(name) for name in CONTENTS}


def headers(place: Place) -> set[bytes]:
    return {content.partition(b"\n")[0] for content in read(place).values()}


def test_theirs_is_read(place: Place, files: list[str]) -> None:
    place.theirs("ansible-vault", "encrypt", *KEYS, "--encrypt-vault-id", "prod", *files[::2])
    place.theirs("ansible-vault", "encrypt", *KEYS[-2:], *files[1::2])
    assert headers(place) == HEADERS
    place.harden("vault", "decrypt", *KEYS, *files)
    assert read(place) == CONTENTS


def test_ours_is_read(place: Place, files: list[str]) -> None:
    place.harden("vault", "encrypt", *KEYS, "--encrypt-vault-id", "prod", *files[::2])
    place.harden("vault", "encrypt", *KEYS, "--encrypt-vault-id", "default", *files[1::2])
    assert headers(place) == HEADERS
    place.theirs("ansible-vault", "decrypt", *KEYS, *files)
    assert read(place) == CONTENTS


def test_a_client_is_asked_as_they_ask_it(place: Place) -> None:
    """It gets the label of the vault's password; what is no client gets no word."""
    place.write("keys-client.sh", CLIENT, 0o755)
    place.write("words", "#!/bin/sh\n[ $# = 0 ] && cat pw\n", 0o755)
    keys = ("--vault-id", "prod@keys-client.sh", "--vault-id", "any@words")
    place.write("a", "x\n")
    place.write("b", "y\n")
    place.harden("vault", "encrypt", *keys, "--encrypt-vault-id", "prod", "a")
    place.harden("vault", "encrypt", *keys, "--encrypt-vault-id", "any", "b")
    place.theirs("ansible-vault", "rekey", *keys, "--new-vault-id", "prod@keys-client.sh", "a", "b")
    place.harden("vault", "decrypt", *keys[:2], "a", "b")
    assert (place.read("a"), place.read("b")) == (b"x\n", b"y\n")


def test_what_is_encrypted_anew_is_read(place: Place) -> None:
    place.write("a", "one\n")
    place.theirs("ansible-vault", "encrypt", "--vault-password-file", "pw", "a")
    place.harden("vault", "rekey", *KEYS[-2:], "--new-vault-id", "prod@prod.pw", "a")
    assert place.theirs("ansible-vault", "decrypt", *KEYS[:2], "--output", "-", "a") == b"one\n"


def test_their_strings_are_read(place: Place) -> None:
    """As Ansible lays them out, with the label that they have."""
    text = place.theirs(
        "ansible-vault", "encrypt_string", *KEYS[:2], "-n", "word", "secret"
    ).decode()
    assert text.startswith("word: !vault |\n")
    play = {"hosts": "all", "steps": [{"file": {"path": "/x", "content": "{{ word }}"}}]}
    place.write("play.yml", yaml.safe_dump([{"vars_files": ["vars.yml"], **play}]))
    place.write("vars.yml", text)
    (place.folder / "root").mkdir()
    place.harden("apply", "play.yml", "--root", "root", *KEYS[:2])
    assert place.read("root/x") == b"secret"


def test_our_strings_are_read(place: Place) -> None:
    words = ("vault", "encrypt-string", *KEYS, "--encrypt-vault-id", "prod")
    place.harden(
        *words, "--stdin-name", "second", "-n", "first", "one: 1", "-", stdin=b"two\r\n\xc3\xa4\n"
    )
    place.write("host_vars/localhost.yml", place.out)
    place.write("hosts", "localhost ansible_connection=local\n")
    said = place.theirs(
        "ansible",
        "-i",
        "hosts",
        "localhost",
        "-m",
        "debug",
        "-a",
        "msg={{ [first, second] }}",
        *KEYS[:2],
    )
    assert json.loads(said.decode().partition("=>")[2])["msg"] == ["one: 1", "two\r\nä\n"]
