"""Files are replaced whole, with mode and owner; several of them all or none."""

import os
import subprocess
from pathlib import Path

import needs
import pytest
from vault.harden import Place

from hardener.errors import UsageError
from hardener.vault import files

PW = ("--vault-password-file", "pw")
OTHER = ("--vault-password-file", "wrong.pw")


def test_mode_owner_and_link_stay(place: Place) -> None:
    needs.root()
    secret = place.write("there/secret", "x\n", 0o640)
    os.chown(secret, 12345, 23456)
    (place.folder / "link").symlink_to("there/secret")
    for word in ("encrypt", "rekey", "decrypt"):
        new = ("--new-vault-password-file", "pw") if word == "rekey" else ()
        place.harden("vault", word, *PW, *new, "link")
        found = secret.stat()
        assert (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (0o640, 12345, 23456)
    assert (place.folder / "link").is_symlink()
    assert place.read("link") == b"x\n"
    assert os.listdir(place.folder / "there") == ["secret"]


def test_a_new_file_is_its_owners_alone(place: Place) -> None:
    place.write("a", "x\n")
    place.harden("vault", "encrypt", *PW, "a", "--output", "b")
    assert place.read("a") == b"x\n"
    assert (place.folder / "b").stat().st_mode & 0o7777 == 0o600


def test_of_several_files_none_is_written_where_one_cannot_be_opened(place: Place) -> None:
    place.write("a", "one\n")
    place.write("b", "two\n")
    place.harden("vault", "encrypt", *PW, "a")
    place.harden("vault", "encrypt", *OTHER, "b")
    before = place.read("a"), place.read("b")
    said = place.harden("vault", "rekey", *PW, "--new-vault-id", "n@prod.pw", "a", "b", code=64)
    assert "b: this is in a vault" in said
    place.harden("vault", "decrypt", *PW, "a", "b", code=64)
    assert (place.read("a"), place.read("b")) == before


def test_where_one_cannot_be_replaced_the_others_are_as_before(tmp_path: Path) -> None:
    """An immutable file takes no new one in its place, which is seen only when it is tried."""
    needs.root()
    first, last = tmp_path / "first", tmp_path / "last"
    first.write_bytes(b"one")
    last.write_bytes(b"two")
    if subprocess.run(["chattr", "+i", last], check=False, capture_output=True).returncode:
        needs.missing("needs a file system that knows immutable files")
    try:
        with pytest.raises(UsageError, match="cannot write"):
            files.replace({first: b"new", last: b"new"})
    finally:
        subprocess.run(["chattr", "-i", last], check=True)
    assert (first.read_bytes(), last.read_bytes()) == (b"one", b"two")
    assert sorted(os.listdir(tmp_path)) == ["first", "last"]


def test_filters(place: Place) -> None:
    place.harden("vault", "encrypt", *PW, stdin=b"a\r\n\0")
    sealed = place.out
    place.harden("vault", "decrypt", *PW, "--output", "-", "-", stdin=sealed)
    assert place.out == b"a\r\n\0"
    place.harden("vault", "view", *PW, stdin=sealed)
    assert place.out == b"a\r\n\0"
    place.harden("vault", "encrypt_string", *PW, "--stdin-name", "x", stdin=b"y")
    assert place.out.startswith(b"x: !vault |\n          $ANSIBLE_VAULT;1.1;AES256\n")


def test_mistakes(place: Place) -> None:
    place.write("a", "x\n")
    place.write("b", "x\n")
    said = place.harden("vault", "decrypt", *PW, "a", code=64)
    assert "a is not encrypted" in said
    place.harden("vault", "encrypt", *PW, "a")
    assert "a is encrypted already" in place.harden("vault", "encrypt", *PW, "b", "a", code=64)
    assert place.read("b") == b"x\n"
    assert "cannot read none" in place.harden("vault", "view", *PW, "none", code=64)
    two = ("--vault-id", "one@pw", "--vault-id", "two@pw")
    assert "one, two" in place.harden("vault", "encrypt", *two, "b", code=64)
    said = place.harden("vault", "encrypt", *two, "--encrypt-vault-id", "three", "b", code=64)
    assert "no password of the label 'three'" in said
    assert "not several" in place.harden(
        "vault", "decrypt", *PW, "--output", "o", "a", "b", code=64
    )
    said = place.harden("vault", "encrypt", stdin=b"x", code=64)
    assert "standard input holds what is read" in said
