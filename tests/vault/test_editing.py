"""`harden vault edit`: what is edited lies in memory, in a private folder, and is gone afterwards."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from vault.harden import HARDEN, Place

PW = ("--vault-password-file", "pw")
LOOK = """#!/bin/sh
stat -c '%a %n' "$(dirname "$1")" "$1" >looked
cp "$1" "$1~"; echo swap >"$(dirname "$1")/.swp"
cat "$1" >saw
ln "$1" "$(dirname "$1")-kept"
printf 'new\\n' >"$1"
"""


@pytest.fixture
def secret(place: Place) -> Path:
    place.write("secret.yml", "old\n", 0o604)
    place.harden("vault", "encrypt", "--vault-id", "prod@pw", "secret.yml")
    return place.folder / "secret.yml"


def editor(place: Place, text: str) -> dict[str, str]:
    return {"EDITOR": str(place.write("editor", text, 0o755))}


def where(place: Place) -> Path:
    """Where the editor was sent; prove that it is gone, and all that it left there."""
    folder, file = (line.split(" ", 1) for line in place.read("looked").decode().splitlines())
    assert (folder[0], file[0]) == ("700", "600")
    assert not Path(folder[1]).exists()
    kept = Path(f"{folder[1]}-kept")  # a second name of the file: it was overwritten, too
    assert len(kept.read_bytes()) == len(b"new\n")
    assert b"new" not in kept.read_bytes()
    kept.unlink()
    return Path(file[1])


def test_what_is_saved_is_encrypted_with_the_same_password(place: Place, secret: Path) -> None:
    said = place.harden("vault", "edit", *PW, "secret.yml", **editor(place, LOOK))
    assert said == "secret.yml: encrypted\n"
    assert place.read("saw") == b"old\n"
    assert secret.read_bytes().startswith(b"$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert secret.stat().st_mode & 0o7777 == 0o604
    assert place.harden("vault", "view", *PW, "secret.yml") == "new\n"
    file = where(place)
    assert file.name == "secret.yml"
    if Path("/dev/shm").is_dir():
        assert file.is_relative_to("/dev/shm")


def test_what_is_not_changed_is_not_written(place: Place, secret: Path) -> None:
    before = secret.read_bytes()
    assert "not changed" in place.harden("vault", "edit", *PW, "secret.yml", EDITOR="true")
    said = place.harden("vault", "edit", *PW, "secret.yml", code=64, EDITOR="false")
    assert "false ended with 1; nothing was written" in said
    said = place.harden("vault", "edit", *PW, "secret.yml", code=64, EDITOR="no-such-editor")
    assert "cannot start no-such-editor" in said
    assert secret.read_bytes() == before


def test_somebody_elses_work_is_not_lost(place: Place, secret: Path) -> None:
    meanwhile = LOOK + "echo theirs >secret.yml\n"
    said = place.harden("vault", "edit", *PW, "secret.yml", code=64, **editor(place, meanwhile))
    assert "somebody else wrote secret.yml meanwhile" in said
    assert secret.read_bytes() == b"theirs\n"
    assert place.harden("vault", "view", *PW, "secret.yml.edited") == "new\n"
    where(place)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_nothing_behind(place: Place, secret: Path, number: int) -> None:
    """Ctrl-C in the editor is the editor's own."""
    before = secret.read_bytes()
    waits = LOOK + "trap 'exit 5' INT TERM HUP\n>waits\nwhile [ ! -e go ]; do sleep 0.05; done\n"
    command = [HARDEN, "vault", "edit", *PW, "secret.yml"]
    environment = place.environment(editor(place, waits))
    with subprocess.Popen(
        command, cwd=place.folder, env=environment, stderr=subprocess.PIPE
    ) as work:
        while not (place.folder / "waits").exists():
            assert work.poll() is None
            time.sleep(0.05)
        work.send_signal(number)
        if number == signal.SIGINT:
            time.sleep(0.3)
            assert work.poll() is None
            (place.folder / "go").touch()
        work.communicate(timeout=60)
    assert work.returncode == (0 if number == signal.SIGINT else 128 + number)
    assert (secret.read_bytes() == before) == (number != signal.SIGINT)
    where(place)


def test_a_new_file_is_made_and_never_over_another(place: Place) -> None:
    ours = editor(place, LOOK)
    two = ("--vault-id", "dev@pw", "--vault-id", "prod@pw")
    assert "several labels" in place.harden("vault", "create", *two, "new.yml", code=64, **ours)
    told = place.harden("vault", "create", *two, "--encrypt-vault-id", "prod", "new.yml", **ours)
    assert told == "new.yml: encrypted\n"
    assert place.read("saw") == b""
    where(place)
    new = place.folder / "new.yml"
    before = new.read_bytes()
    assert before.startswith(b"$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert new.stat().st_mode & 0o7777 == 0o600
    assert place.harden("vault", "view", *PW, "new.yml") == "new\n"
    said = place.harden("vault", "create", *PW, "new.yml", code=64, **ours)
    assert "new.yml is there already" in said
    assert new.read_bytes() == before
    said = place.harden("vault", "create", *PW, "nowhere/new.yml", code=64, **ours)
    assert "its folder is not there" in said
    said = place.harden("vault", "edit", *PW, "other.yml", code=64, **ours)
    assert "`harden vault create` makes it" in said
