"""Which passwords are tried, what is said of them, and that a vault is proved before it is opened."""

import pytest
from vault.harden import Place

from hardener.errors import SecretError
from hardener.vault import cipher
from hardener.vault.envelope import parse, write
from hardener.vault.keyring import Keyring
from hardener.vault.passwords import Source


def sealed(text: bytes = b"text", password: bytes = b"right", label: str = "default") -> bytes:
    return write(cipher.seal(text, password, label))


def test_the_error_names_all_that_were_tried(place: Place) -> None:
    place.write("group_vars/all.yml", sealed(label="prod"))
    place.write("play.yml", "- {hosts: all, steps: [{file: {path: /x}}]}\n")
    place.write("breaks", "#!/bin/sh\nexit 7\n", 0o755)
    place.write("says-nothing", "#!/bin/sh\n", 0o755)
    place.write("knows-none-client", "#!/bin/sh\nexit 2\n", 0o755)
    place.write("blank", " \n")
    names = ("none", "blank", "breaks", "says-nothing", "wrong.pw", "knows-none-client")
    ids = [word for name in names for word in ("--vault-id", f"dev@{name}")]
    said = place.harden("apply", "play.yml", *ids, "--vault-id", "prod@pw", code=64)
    assert said.splitlines() == [
        "group_vars/all.yml:1:1: this is in a vault (`prod`), and no password opens it",
        "tried:",
        "prod@pw: it does not fit",
        "dev@none: it cannot be read: No such file or directory",
        "dev@blank: it is empty",
        "dev@breaks: it ended with 7",
        "dev@says-nothing: it printed nothing",
        "dev@wrong.pw: it does not fit",
        "dev@knows-none-client: it has no password of 'dev'",
    ]
    said = place.harden("apply", "play.yml", code=64)
    assert "no vault password was given\nhint: give --ask-vault-pass" in said


def test_variables_of_the_environment(place: Place) -> None:
    place.write("a", sealed(password=b"first password"))
    for name in ("ANSIBLE_VAULT_PASSWORD_FILE", "HARDENER_VAULT_PASSWORD_FILE"):
        assert place.harden("vault", "view", "a", **{name: "pw"}) == "text"
    ids = {"ANSIBLE_VAULT_IDENTITY_LIST": "x@wrong.pw, y@pw"}
    assert place.harden("vault", "view", "a", **ids) == "text"


def test_a_password_may_itself_be_in_a_vault(place: Place) -> None:
    inner = place.write("inner", sealed(b"first password\n", b"outer"))
    place.write("outer", "outer")
    keys = Keyring([Source("a", str(place.folder / "outer")), Source("b", str(inner))])
    assert keys.open(sealed(password=b"first password")) == b"text"


def test_a_source_is_read_once(place: Place) -> None:
    script = place.write("script", '#!/bin/sh\necho x >>"$0.log"\necho right\n', 0o755)
    keys = Keyring([Source("default", str(script))])
    assert not (place.folder / "script.log").exists()
    assert [keys.open(sealed()), keys.open(sealed(b"more"))] == [b"text", b"more"]
    assert place.read("script.log") == b"x\n"


@pytest.mark.parametrize("part", ["hmac", "ciphertext", "salt"])
def test_what_was_changed_is_not_opened(part: str) -> None:
    envelope = cipher.seal(b"text", b"right")
    whole = getattr(envelope, part)
    fields = {**vars(envelope), part: bytes([whole[0] ^ 1]) + whole[1:]}
    assert cipher.unseal(type(envelope)(**fields), b"right") is None
    assert cipher.unseal(envelope, b"right") == b"text"


HEAD = b"$ANSIBLE_VAULT;1.1;AES256\n"
DAMAGED = {
    "odd": (sealed()[:-2], "what follows its header is no hex"),
    "no-hex": (HEAD + b"zz\n", "what follows its header is no hex"),
    "empty": (HEAD, "a part is missing"),
    "cut": (HEAD + b"33300a3333\n", "a part is missing"),
    "oldest": (b"$ANSIBLE_VAULT;1.0;AES\n00\n", "of a kind that is not known"),
    "newer": (b"$ANSIBLE_VAULT;9.9;AES256\n00\n", "of a kind that is not known"),
    "header": (b"$ANSIBLE_VAULT\n00\n", "of a kind that is not known"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_vault_says_so(name: str) -> None:
    data, says = DAMAGED[name]
    with pytest.raises(SecretError) as error:
        parse(data)
    assert says in str(error.value)


def test_line_ends_of_other_systems_do_no_harm() -> None:
    windows = b"\n\n" + sealed().replace(b"\n", b"\r\n") + b"  \r\n"
    assert cipher.unseal(parse(windows.lstrip()), b"right") == b"text"
