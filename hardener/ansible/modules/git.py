"""git: ours of the same name."""

from __future__ import annotations

import re

from hardener.ansible.arguments import Arguments, Turned, given
from hardener.ansible.notes import Left

OTHER = ("archive", "archive_prefix", "reference", "refspec", "separate_git_dir", "ssh_opts")
SIGNED = ("verify_commit", "gpg_allowlist", "gpg_whitelist")
PASSWORD = re.compile(r"\A[^:/]+://[^/@]*:[^/@]*@")
SHORT = re.compile(r"\A[0-9a-f]{7,39}\Z")


def git(args: Arguments) -> Turned:
    for name in (*OTHER, *SIGNED):
        if args.take(name) not in (None, False, "no", "false", []):
            raise Left(f"our `git` does not do what `{name}` does")
    if args.known("bare") or args.known("track_submodules") or args.known("clone") is False:
        raise Left("it is no checkout of a version of a repository")
    args.spare(
        single_branch="only the branch or tag of `version` is fetched",
        executable="git is found by PATH",
        umask="files are made with 0022",
    )
    repo, version = args.needed("repo", "name"), args.text("version")
    if PASSWORD.match(repo):
        raise Left("a password in `repo` can be read by all users of the host")
    if version and SHORT.match(version):
        args.differs("a commit is given by all digits of its hash, `version` has only some")
    return "git", given(
        {
            "repo": repo,
            "dest": args.needed("dest"),
            "version": version,
            "remote": args.text("remote"),
            "update": _unless(args.flag("update"), True),
            "force": args.flag("force") or None,
            "depth": args.take("depth"),
            "submodules": _submodules(args),
            "key_file": args.text("key_file"),
            "accept_newhostkey": _hostkey(args),
        }
    )


def _unless(value: object, default: bool) -> object:
    return None if value is default else value


def _submodules(args: Arguments) -> str | None:
    recursive = args.known("recursive")
    if recursive is True:
        args.differs("a version that has submodules is refused: they are not checked out here")
    return "leave" if recursive is False else None


def _hostkey(args: Arguments) -> object:
    if args.known("accept_hostkey"):
        args.differs(
            "a host key that has changed is refused, though `accept_hostkey` would take it"
        )
        args.taken.add("accept_newhostkey")
        return True
    return args.flag("accept_newhostkey") or None


MODULES = {"git": git}
