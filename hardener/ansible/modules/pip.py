"""pip: ours of the same name."""

from __future__ import annotations

import shlex
from typing import Any

from hardener.ansible.arguments import Arguments, Params, Turned, given
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template

STATES = {"present": None, "latest": "latest", "absent": "absent"}
# Which parameter of ours each option of pip is: with a value that is added, or as a flag.
VALUES = {"-i": "index_url", "--index-url": "index_url", "--extra-index-url": "extra_index_urls",
          "-f": "find_links", "--find-links": "find_links"}  # fmt: skip
FLAGS = {"--no-index": "no_index", "--no-deps": "no_deps"}
IDLE = ("--no-cache-dir", "--disable-pip-version-check", "--no-input", "-q", "--quiet")


def pip(args: Arguments) -> Turned:
    if args.take("virtualenv") is None:
        raise Left(
            "the packages of the system's Python are its package manager's: give a `virtualenv`"
        )
    if args.known("editable") or args.take("chdir") is not None:
        raise Left("what is installed is named by version or file (`editable`, `chdir`)")
    args.spare(
        umask="files are made with 0022",
        break_system_packages="an environment is not the system's",
        executable="the pip of the environment is used",
    )
    state = args.choice("state", "present")
    if state not in STATES:
        raise Left(f"`state: {state}`")
    return "pip", given(
        {
            "virtualenv": args.needed("virtualenv"),
            "name": _names(args),
            "requirements": args.text("requirements"),
            "state": STATES[state],
            "python": _python(args),
            "system_site_packages": args.flag("virtualenv_site_packages") or None,
            **_options(args),
        }
    )


def _names(args: Arguments) -> Any:
    name, version = args.take("name"), args.text("version")
    if isinstance(name, str) and not has_template(name) and "," in name and "[" not in name:
        name = [each.strip() for each in name.split(",")]
    if version is None:
        return name
    if not isinstance(name, str):
        raise Left("`version` is of one package")
    return f"{name}=={version}"


def _python(args: Arguments) -> str | None:
    words = (args.text("virtualenv_command") or "").split()
    python = args.text("virtualenv_python")
    if words and words[1:] != ["-m", "venv"]:
        args.differs("a new environment is made by `python -m venv`, not by `virtualenv_command`")
    return python or (words[0] if words[1:] == ["-m", "venv"] else None)


def _options(args: Arguments) -> Params:
    """Read `extra_args` as far as they are parameters of ours."""
    found: Params = {}
    rest = iter(shlex.split((args.text("extra_args") or "").replace("=", " ")))
    for word in rest:
        if word in FLAGS:
            found[FLAGS[word]] = True
        elif VALUES.get(word) == "index_url":
            found["index_url"] = next(rest, "")
        elif word in VALUES:
            found.setdefault(VALUES[word], []).append(next(rest, ""))
        elif word not in IDLE:
            raise Left(f"our `pip` does not do what `{word}` does")
    return found


MODULES = {"pip": pip}
