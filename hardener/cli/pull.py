"""`harden pull`: this host takes its playbooks from a git repository."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

import click

from hardener.errors import UsageError

PENDING = 2  # the exit code of an apply that waits for its confirmation
FILE = click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True)


@click.command()
@click.argument("repository")
@click.argument("playbook")
@click.argument("apply_options", nargs=-1, metavar="[-- APPLY OPTIONS]")
@click.option("--branch", metavar="NAME", help="This branch; else the repository's own choice.")
@click.option("--tag", metavar="PATTERN", help="The newest tag by version, such as 'v*'.")
@click.option(
    "--verify",
    type=click.Choice(["commit", "tag"]),
    help="Apply nothing unless the commit, or the tag, is signed by one of --signers or --keyring.",
)
@click.option("--signers", type=FILE, help="Who may sign with SSH keys: an allowed signers file.")
@click.option("--keyring", type=FILE, help="Who may sign with OpenPGP: a file of public keys.")
@click.option(
    "--allow-older", is_flag=True, help="Take a signed commit that does not follow the last."
)
@click.option("-i", "--inventory", metavar="FILE", help="An inventory of the repository.")
@click.option("--name", metavar="HOST", help="As which of its hosts; else by the host name.")
@click.option("-C", "--dry-run", "--check", "dry_run", is_flag=True, help="Change nothing.")
@click.option(
    "--confirm",
    type=click.Choice(["auto", "manual", "off"]),
    default="auto",
    show_default=True,
    help="Who keeps changes that could lock you out: the playbook's verify checks, you, or nobody asks.",
)
@click.option(
    "--splay",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Wait a random time up to this first, so that not all hosts come at once.",
)
@click.option("--install", is_flag=True, help="Do so by a timer of systemd from now on.")
@click.option("--every", default="30min", show_default=True, help="How often the timer does.")
@click.pass_context
def command(ctx: click.Context, /, repository: str, playbook: str, **given: Any) -> int:
    """Fetch REPOSITORY and apply its PLAYBOOK on this host, as `harden apply` does.

    With --verify nothing is applied, and no file of the repository is read, unless a signature says
    so. Options after `--` are those of `harden apply`.
    """
    from hardener.fleet import records
    from hardener.pull.repository import Repository

    trusted = _trusted(given)
    found = Repository.of(repository, records.folder().parent)
    if given["install"]:
        return _install(found.folder, repository, playbook, given)
    time.sleep(random.uniform(0, given["splay"]))  # noqa: S311 - nobody gains by guessing it
    with found.held():
        tree = _laid_out(found, trusted, given)
        return _apply(found, tree, playbook, given)


def _trusted(given: dict[str, Any]) -> Any:
    from hardener.pull.signature import Trusted

    keys = given["signers"] or given["keyring"]
    if bool(given["verify"]) != bool(keys):
        what = (
            "--verify needs --signers or --keyring"
            if given["verify"]
            else "--signers and --keyring need --verify"
        )
        raise UsageError(what, hint="`--verify commit --signers FILE`, say")
    if given["tag"] and given["branch"]:
        raise UsageError("--branch and --tag both say what is taken", hint="give one of them")
    if given["verify"] == "tag" and not given["tag"]:
        raise UsageError("--verify tag needs --tag", hint="`--tag 'v*'`, say")
    return Trusted(given["signers"], given["keyring"])


def _laid_out(found: Any, trusted: Any, given: dict[str, Any]) -> Path:
    """Fetch, verify, and only then lay out what is to be applied."""
    from hardener.errors import HardenerError

    tag, commit = found.tag(given["tag"]) if given["tag"] else ("", found.branch(given["branch"]))
    if given["verify"] == "tag":
        trusted.require_tag(found, tag)
    elif given["verify"] == "commit":
        trusted.require_commit(found, commit)
    if given["verify"] and not given["allow_older"] and not found.follows(commit):
        what = f"commit {commit[:12]} does not build on the one that was applied last"
        why = "an old signature is good for ever: whoever holds the repository could take you back to it"
        raise HardenerError(what, why=why, hint="--allow-older takes it; nothing was changed")
    click.echo(f"{tag or given['branch'] or 'commit'} {commit[:12]} of {found.url}", err=True)
    tree: Path = found.lay_out(commit)
    if not given["dry_run"]:
        found.applies(commit)
    return tree


def _apply(found: Any, tree: Path, playbook: str, given: dict[str, Any]) -> int:
    from hardener.cli import apply

    path = _inside(tree, playbook)
    words = [str(path), "--yes", *_inventory(found.folder, tree, given)]
    words += ["--dry-run"] if given["dry_run"] else []
    words += ["--confirm", "off" if given["confirm"] == "off" else "manual"]
    code = int(apply.command.main([*words, *given["apply_options"]], standalone_mode=False) or 0)
    if code == PENDING and given["confirm"] == "auto" and not given["dry_run"]:
        return _confirmed(found, path)
    return code


def _inside(tree: Path, name: str) -> Path:
    path = tree / name
    if not path.resolve().is_relative_to(tree.resolve()) or not path.is_file():
        raise UsageError(f"there is no file {name} in the repository")
    return path


def _inventory(folder: Path, tree: Path, given: dict[str, Any]) -> list[str]:
    """Return the options by which an apply takes this machine for one host of an inventory."""
    from hardener.pull.here import local, myself

    if not given["inventory"]:
        return []
    path = _inside(tree, given["inventory"])
    name = myself(path, given["name"])
    return ["-i", str(path), "-i", str(local(folder, name)), "--limit", name]


def _confirmed(found: Any, playbook: Path) -> int:
    """Keep a run that waits for it, if the host has proved that all is well."""
    from hardener.cli import confirm
    from hardener.fleet import records
    from hardener.playbook import read_playbook

    record = records.find(None)
    if record is None or "unconfirmed" not in record.hosts.values():
        return PENDING
    why = ""
    if not any(play.verify for play in read_playbook(playbook).plays):
        why = "the playbook has no `verify` checks, so nothing has proved that the way in is open"
    elif not found.reachable():
        why = f"{found.url} can't be reached any more"
    if why:
        click.echo(f"not confirmed: {why}; the host undoes it by itself", err=True)
        return PENDING
    return int(confirm.command.main([record.run], standalone_mode=False) or 0)


def _install(folder: Path, repository: str, playbook: str, given: dict[str, Any]) -> int:
    from hardener.cli import apply
    from hardener.pull import timer

    words = [str(Path(sys.argv[0]).absolute()), "pull", repository, playbook]
    for name in ("branch", "tag", "verify", "signers", "keyring", "inventory", "name", "confirm"):
        if given[name]:
            words += ["--" + name, str(given[name])]
    words += ["--allow-older"] if given["allow_older"] else []
    words += ["--", *given["apply_options"]] if given["apply_options"] else []
    path = timer.playbook(folder, words, given["every"], given["splay"])
    more = ["--dry-run"] if given["dry_run"] else ["--yes"]
    return int(apply.command.main([str(path), *more], standalone_mode=False) or 0)
