"""copy, template, file: our `file`."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import PurePosixPath

from hardener.ansible.arguments import Arguments, Params, Turned, as_json, given
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template

ONLY_NEW = (
    "it writes only what is not there yet (`force: false`): write `when`, of a `query` before it"
)


def copy(args: Arguments) -> Turned:
    if args.known("remote_src"):
        raise Left(
            "it copies a file of the host itself (`remote_src`): write a `command` `cp` with `touches`"
        )
    if args.known("force") is False:
        raise Left(ONLY_NEW)
    args.spare(checksum="the file is compared as a whole", directory_mode="no folder is made")
    if args.known("decrypt") is False:
        raise Left("a file in a vault is sent decrypted here (`decrypt: false`)")
    args.taken.add("local_follow")
    content, src = args.take("content"), args.text("src")
    if content is not None:
        text = content if isinstance(content, str) else as_json(content)
        return "file", _written(args, {"content": text}, "")
    return "file", _written(args, {"src": _one_file(args, src)}, src or "")


def _one_file(args: Arguments, src: str | None) -> str:
    if not src:
        raise Left("neither `content` nor `src` is given")
    found = None if has_template(src) else args.find(src, "files")
    if src.endswith("/") or (found and found.is_dir()):
        raise Left("it copies a whole folder: write a `file` for each, or one with `loop`")
    return src


def _written(args: Arguments, what: Params, src: str) -> Params:
    path = args.needed("dest")
    if path.endswith("/"):
        if not src:
            raise Left(f"the name of the file below {path} is not given")
        path += PurePosixPath(src).name
    mode = _preserved(args, src) if args.given.get("mode") == "preserve" else None
    return given(
        {
            "path": path,
            **what,
            **args.attributes(mode=mode),
            "validate": args.text("validate"),
            "follow": args.flag("follow"),
        }
    )


def _preserved(args: Arguments, src: str) -> str:
    args.taken.add("mode")
    found = None if has_template(src) else args.find(src, "files")
    if found is None or not found.is_file():
        raise Left("`mode: preserve` of a file that is not known now")
    mode = f"{stat.S_IMODE(found.stat().st_mode):04o}"
    args.differs(f"`mode: preserve` is what {src} has now: {mode}")
    return mode


JINJA = {
    "trim_blocks": True,
    "lstrip_blocks": False,
    "newline_sequence": "\n",
    "block_start_string": "{%",
    "block_end_string": "%}",
    "variable_start_string": "{{",
    "variable_end_string": "}}",
    "comment_start_string": "{#",
    "comment_end_string": "#}",
    "output_encoding": "utf-8",
}
"""How our templates are read, which is how Ansible's are unless a task says otherwise."""


def template(args: Arguments) -> Turned:
    if args.known("force") is False:
        raise Left(ONLY_NEW)
    for name, usual in JINJA.items():
        value = args.take(name)
        if value is not None and value not in (usual, str(usual).lower()):
            raise Left(f"`{name}: {value}`: templates have one syntax here")
    src = args.needed("src")
    if not has_template(src):
        args.find(src, "templates")
    return "file", _written(args, {"template": src}, src)


def file(args: Arguments) -> Turned:
    path, recurse = args.needed("path", "dest", "name"), args.known("recurse")
    state = args.choice("state", "directory" if recurse else "file")
    if args.given.get("state") is None and not recurse:
        args.differs("without `state` Ansible takes what is there; here it is to be a file")
    args.taken.update(("modification_time_format", "access_time_format"))
    return "file", given({"path": path, **_state(state)(args), "recurse": recurse or None})


def _state(name: str) -> Callable[[Arguments], Params]:
    if name not in STATES:
        why = ": write a `command` `ln` with `creates` and `undo`" if name == "hard" else ""
        raise Left(f"`state: {name}`{why}")
    return STATES[name]


def _file(args: Arguments) -> Params:
    args.spare(force="it is for links")
    return {**args.attributes(), "follow": args.flag("follow") is not False or None}


def _directory(args: Arguments) -> Params:
    args.spare(force="it is for links")
    if args.given.get("recurse") and args.given.get("mode") is not None:
        args.differs("`recurse` gives files no execute bit that they had not")
    follow = args.flag("follow") is not False or None
    return {"state": "directory", **args.attributes(), "follow": follow}


def _link(args: Arguments) -> Params:
    args.taken.update(("force", "follow"))  # a link may lead nowhere here, and is replaced
    args.taken.add("mode")
    target = args.needed("src")
    return {"state": "link", "target": target, **args.attributes(mode=False), "mode": None}


def _touch(args: Arguments) -> Params:
    args.taken.update(("force", "modification_time", "access_time"))
    if args.given.get("modification_time") != "preserve":
        args.differs("`state: touch` does not move the times of a file that is there")
    return {
        "state": "touch",
        **args.attributes(),
        "follow": args.flag("follow") is not False or None,
    }


def _absent(args: Arguments) -> Params:
    args.taken.update(("force", "follow", "mode", "owner", "group"))
    return {"state": "absent"}


STATES = {"file": _file, "directory": _directory, "link": _link, "touch": _touch, "absent": _absent}
MODULES = {"copy": copy, "template": template, "file": file}
