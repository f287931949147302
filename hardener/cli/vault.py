"""`harden vault`: files and values that only a password opens, in ansible-vault's format."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from hardener.cli import vault_options
from hardener.errors import UsageError

Change = Callable[[bytes, str], bytes]
"""From what a file holds, and its name, to what it is to hold."""
FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path))
SOME_FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False)
)
OUTPUT = click.option(
    "--output", metavar="FILE", help="Write there instead; `-` is standard output."
)
LABEL = click.option(
    "--encrypt-vault-id", metavar="LABEL", help="Encrypt with the password of this label."
)


class Words(click.Group):
    """Takes ansible-vault's `encrypt_string` for our `encrypt-string`."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name.replace("_", "-"))


@click.group(cls=Words)
def command() -> None:
    """Encrypt and decrypt values and files as ansible-vault does, each reading what the other wrote.

    Without an option or variable that names a password, it is asked for.
    """


def keyed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of passwords; without any, one is asked for when it is needed."""

    @functools.wraps(function)
    def opening(**given: Any) -> Any:
        from hardener.vault.envelope import DEFAULT
        from hardener.vault.passwords import PROMPT, Source

        vault_options.know(vault_options.taken(given) or [Source(DEFAULT, PROMPT)])
        return function(**given)

    return vault_options.decorated(opening)


@command.command("encrypt", short_help="Encrypt files, or standard input.")
@FILES
@OUTPUT
@LABEL
@keyed
def encrypt(files: tuple[Path, ...], output: str | None, encrypt_vault_id: str | None) -> None:
    """Encrypt FILES in place; without any, standard input to standard output."""
    from hardener.vault.envelope import is_vault
    from hardener.vault.keyring import KEYS

    KEYS.ask = twice
    source = KEYS.choose(encrypt_vault_id)

    def sealed(data: bytes, name: str) -> bytes:
        if is_vault(data):
            raise UsageError(f"{name} is encrypted already")
        return KEYS.seal(data, source)

    turn(files, output, sealed, "encrypted")


@command.command("decrypt", short_help="Decrypt files, or standard input.")
@FILES
@OUTPUT
@keyed
def decrypt(files: tuple[Path, ...], output: str | None) -> None:
    """Decrypt FILES in place; without any, standard input to standard output."""
    turn(files, output, opened, "decrypted")


@command.command("view", short_help="Print what files hide.")
@FILES
@keyed
def view(files: tuple[Path, ...]) -> None:
    """Print what FILES hide, and change nothing."""
    turn(files or (Path("-"),), "-", opened, "")


def opened(data: bytes, name: str) -> bytes:
    """Open a vault; what is none is a mistake."""
    from hardener.vault.envelope import is_vault
    from hardener.vault.keyring import KEYS

    if not is_vault(data):
        raise UsageError(f"{name} is not encrypted")
    return KEYS.open(data, name)


@command.command("edit", short_help="Edit files, and encrypt them again.")
@SOME_FILES
@keyed
def edit(files: tuple[Path, ...]) -> None:
    """Open FILES in $VISUAL or $EDITOR, and encrypt what is saved with the password that they had.

    What is edited lies in a private folder in memory, and is shredded afterwards.
    """
    from hardener.vault.editing import edit_vault

    for file in files:
        say(f"{file}: {edit_vault(file)}")


@command.command("create", short_help="Edit a new file, and encrypt it.")
@click.argument("file", type=click.Path(path_type=Path))
@LABEL
@keyed
def create(file: Path, encrypt_vault_id: str | None) -> None:
    """Open a new FILE in $VISUAL or $EDITOR, and write encrypted what is saved.

    What is edited lies in a private folder in memory, and is shredded afterwards.
    """
    from hardener.vault.editing import create_vault
    from hardener.vault.keyring import KEYS

    KEYS.ask = twice
    say(f"{file}: {create_vault(file, KEYS.choose(encrypt_vault_id))}")


@command.command("rekey", short_help="Encrypt files with another password.")
@SOME_FILES
@click.option("--new-vault-id", metavar="LABEL@SOURCE", help="The new password.")
@click.option("--new-vault-password-file", metavar="FILE", help="The same without a label.")
@keyed
def rekey(
    files: tuple[Path, ...], new_vault_id: str | None, new_vault_password_file: str | None
) -> None:
    """Encrypt FILES anew with another password: all of them, or none."""
    from hardener.vault.envelope import DEFAULT
    from hardener.vault.files import raw, replace
    from hardener.vault.keyring import Keyring
    from hardener.vault.passwords import PROMPT, Source

    if new_vault_id and new_vault_password_file:
        raise UsageError("--new-vault-id and --new-vault-password-file name two passwords")
    plain = {file: opened(raw(file), str(file)) for file in dict.fromkeys(files)}
    named = new_vault_id or f"{DEFAULT}@{new_vault_password_file or PROMPT}"
    source = Source.of(named)
    new = Keyring([source], twice)
    replace({file: new.seal(text, source) for file, text in plain.items()})
    for file in plain:
        say(f"{file}: encrypted anew")


@command.command("encrypt-string", short_help="Print a value as `!vault |`.")
@click.argument("strings", nargs=-1, metavar="[TEXT]...")
@click.option("-n", "--name", "names", multiple=True, help="The name of a value; may be repeated.")
@click.option("--stdin-name", metavar="NAME", help="Read a value of this name from standard input.")
@click.option("-p", "--prompt", is_flag=True, help="Ask for a value, and show nothing of it.")
@click.option("--show-input", is_flag=True, help="Show it while it is typed.")
@OUTPUT
@LABEL
@keyed
def encrypt_string(
    strings: tuple[str, ...], names: tuple[str, ...], output: str | None,
    encrypt_vault_id: str | None, **given: Any,
) -> None:  # fmt: skip
    """Print `NAME: !vault |` for each TEXT, to be put into a file of variables.

    What stands on the command line, others on this machine can see: `--prompt` and standard
    input (`-`, `--stdin-name`) are safe.
    """
    from hardener.vault.keyring import KEYS
    from hardener.vault.strings import tagged

    values = _values(strings, names, **given)
    KEYS.ask = twice
    source = KEYS.choose(encrypt_vault_id)
    told = [tagged(KEYS.seal(text, source), name) for name, text in values]
    write(output or "-", ("\n".join(told) + "\n").encode())


def _values(
    strings: Sequence[str], names: Sequence[str], stdin_name: str | None, prompt: bool,
    show_input: bool,
) -> list[tuple[str, bytes]]:  # fmt: skip
    """Return (name, text) of every value: of the prompt, of standard input, of the command line."""
    from hardener.cli.ask import hidden

    texts = [text.encode() for text in strings if text != "-"]
    found: list[tuple[str, bytes]] = []
    rest = list(names)
    if prompt:
        asked = hidden("Value to encrypt", echo=show_input)
        found.append((rest.pop(0) if rest else "", asked.encode()))
    if stdin_name or "-" in strings or not (texts or prompt):
        found.append((stdin_name or "", stdin()))
    if len(rest) > len(texts):
        raise UsageError(f"--name {rest[len(texts)]}: there is no value for it")
    return found + list(zip(rest + [""] * (len(texts) - len(rest)), texts, strict=True))


def turn(files: Sequence[Path], output: str | None, change: Change, word: str) -> None:
    """Change files in place, all or none; one to `output`; or standard input to standard output."""
    from hardener.vault.files import raw, replace

    if output not in (None, "-") and len(files) > 1:
        raise UsageError("--output takes what one file holds, not several")
    names = files or (Path("-"),)
    found = {
        file: change(stdin() if str(file) == "-" else raw(file), str(file))
        for file in dict.fromkeys(names)
    }
    for file, data in found.items():
        if output is not None or str(file) == "-":
            write(output or "-", data)
    if output is None:
        replace({file: data for file, data in found.items() if str(file) != "-"})
        for file in files:
            say(f"{file}: {word}")


def write(output: str, data: bytes) -> None:
    """Write to a file, or to standard output."""
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    from hardener.vault.files import replace

    replace({Path(output): data})


def stdin() -> bytes:
    """Read all of standard input; a password cannot come by the same pipe."""
    from hardener.vault.keyring import KEYS

    if not sys.stdin.isatty() and any(source.asks for source in KEYS.sources):
        hint = "give --vault-password-file or --vault-id"
        raise UsageError(
            "standard input holds what is read, so no password is asked there", hint=hint
        )
    if sys.stdin.isatty():
        say("reading from the terminal; Ctrl-D ends it")
    return sys.stdin.buffer.read()


def twice(prompt: str) -> str:
    """Ask for a new password, and once more: a mistyped one would lock its owner out."""
    from hardener.cli.ask import hidden

    prompt = prompt.replace("Vault", "New vault")
    first = hidden(prompt)
    if sys.stdin.isatty() and hidden(f"Confirm {prompt[0].lower()}{prompt[1:]}") != first:
        raise UsageError("the passwords are not the same")
    return first


def say(text: str) -> None:
    """Tell on standard error what was done, once standard output is somebody else's."""
    click.echo(text, err=True)
