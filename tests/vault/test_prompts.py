"""Passwords that a person types: never echoed, and a new one twice."""

import os
import pty
import subprocess

import pytest
from vault.harden import HARDEN, Place


def typed(place: Place, words: list[str], *answers: str) -> tuple[int, str]:
    """Run it at a terminal and type an answer whenever it asks; return its code and all it showed."""
    ours, its = pty.openpty()
    environment = place.environment({"TERM": "dumb"})
    with subprocess.Popen(
        [HARDEN, *words], cwd=place.folder, env=environment, stdin=its, stdout=its, stderr=its,
        start_new_session=True,
        preexec_fn=lambda: _control(its),  # noqa: PLW1509 - this process has one thread
    ) as work:  # fmt: skip
        os.close(its)
        shown, left = "", list(answers)
        while True:
            try:
                part = os.read(ours, 4096).decode()
            except OSError:  # the terminal has no one on its other side
                break
            if not part:
                break
            shown += part
            if left and shown.endswith(": "):
                os.write(ours, left.pop(0).encode() + b"\n")
        os.close(ours)
        code = work.wait(timeout=60)
    assert not left, shown
    return code, shown


def _control(terminal: int) -> None:
    """Make it the terminal of the session: getpass asks on /dev/tty."""
    os.close(os.open(os.ttyname(terminal), os.O_RDWR))


def test_a_new_password_is_asked_twice_and_not_shown(place: Place) -> None:
    place.write("a", "x\n")
    code, shown = typed(place, ["vault", "encrypt", "a"], "canary-typed", "canary-typed")
    assert (code, place.read("a")[:14]) == (0, b"$ANSIBLE_VAULT")
    assert "New vault password: " in shown
    assert "Confirm new vault password: " in shown
    assert "canary" not in shown
    code, shown = typed(place, ["vault", "decrypt", "a"], "canary-typed")
    assert (code, place.read("a")) == (0, b"x\n")
    assert "Vault password: " in shown


def test_two_that_differ_encrypt_nothing(place: Place) -> None:
    place.write("a", "x\n")
    code, shown = typed(place, ["vault", "encrypt", "--vault-id", "me@prompt", "a"], "one", "two")
    assert (code, place.read("a")) == (64, b"x\n")
    assert "New vault password (me): " in shown
    assert "the passwords are not the same" in shown


def test_an_apply_asks_before_it_connects(place: Place) -> None:
    place.write("group_vars/all.yml", "word: canary-word\n")
    place.seal("group_vars/all.yml")
    step = '{file: {path: /x, content: "{{ word }}"}}'
    place.write("play.yml", f"- {{hosts: all, steps: [{step}]}}\n")
    (place.folder / "root").mkdir()
    words = ["apply", "play.yml", "--root", "root", "--yes", "--ask-vault-pass"]
    code, shown = typed(place, words, "first password")
    assert (code, place.read("root/x")) == (0, b"canary-word")
    assert shown.index("Vault password: ") < shown.index("play all")
    assert "canary" not in shown
    assert "first password" not in shown


@pytest.mark.parametrize("show", [False, True])
def test_a_value_is_shown_only_if_that_is_asked_for(place: Place, show: bool) -> None:
    words = ["vault", "encrypt-string", "--prompt", "-n", "word", "--vault-password-file", "pw"]

    code, shown = typed(place, [*words, *(["--show-input"] if show else [])], "canary-value")
    assert code == 0
    assert "word: !vault |" in shown
    assert ("canary" in shown) == show
