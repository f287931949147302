"""lineinfile, blockinfile, ini_file: our `line`, `block`, `ini`."""

from __future__ import annotations

import re
from typing import Any

from hardener.ansible.arguments import Arguments, Params, Turned, given
from hardener.ansible.expressions import mapping
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template


def lineinfile(args: Arguments) -> Turned:
    path = args.needed("path", "dest", "destfile", "name")
    if args.known("firstmatch"):
        raise Left(
            "`firstmatch`: it is the last line that matches here: let `regexp` find just one"
        )
    (absent, state), backrefs = args.present_or_absent(), args.known("backrefs")
    line, regexp = args.text("line", "value"), _sought(args)
    if not absent and line is not None and regexp is not None and not backrefs:
        regexp = _finding_itself(args, regexp, line)
    return "line", given(
        {
            "path": path,
            **state,
            "regexp": regexp,
            "line": line,
            "backrefs": backrefs or None,
            **({} if absent else _place(args)),
            **_file(args),
        }
    )


def _sought(args: Arguments) -> str | None:
    plain = args.text("search_string")
    if plain is None:
        return args.text("regexp", "regex")
    if has_template(plain):
        return "{{ (" + plain.replace("{{", "").replace("}}", "").strip() + ") | regex_escape }}"
    return re.escape(plain)


def _finding_itself(args: Arguments, regexp: str, line: str) -> str:
    """Let a regexp match the line that it writes, too: it is an error here if it does not."""
    if has_template(regexp) or has_template(line):
        return regexp
    try:
        if re.search(regexp, line):
            return regexp
    except re.error as error:
        raise Left(f"`regexp`: {error}") from None
    args.differs(f"the regexp {regexp!r} misses the line that it writes: here it finds that too")
    return f"(?:{regexp})|^{re.escape(line)}$"


def _place(args: Arguments) -> Params:
    after, before = args.text("insertafter"), args.text("insertbefore")
    if after == "BOF":
        after, before = None, "BOF"
    return {"insertafter": None if before else after, "insertbefore": before}


def _file(args: Arguments) -> Params:
    args.taken.update(("insertafter", "insertbefore", "encoding"))
    return {
        "create": args.flag("create") or None,
        **args.attributes(),
        "validate": args.text("validate"),
    }


MARKER = "# {mark} ANSIBLE MANAGED BLOCK"


def blockinfile(args: Arguments) -> Turned:
    path = args.needed("path", "dest", "destfile", "name")
    for name in ("append_newline", "prepend_newline"):
        if args.known(name):
            raise Left(f"`{name}`: a block is its lines and no more here")
    content = args.text("block", "content") or ""
    state = args.choice("state", "present")
    marker = args.text("marker") or MARKER
    if "{mark}" not in marker:
        raise Left("a `marker` without {mark} begins and ends a block in one way")
    absent = state == "absent" or not content
    return "block", given(
        {
            "path": path,
            "marker": marker,
            "marker_begin": args.text("marker_begin"),
            "marker_end": args.text("marker_end"),
            **({"state": "absent"} if absent else {"content": content, **_place(args)}),
            **_file(args),
        }
    )


INI_BY_HAND = "options are written `key = value`: write the whole file by `file`"


def ini_file(args: Arguments) -> Turned:
    for name in ("no_extra_spaces", "section_has_values", "ignore_spaces"):
        if args.known(name):
            raise Left(f"`{name}` of `{args.module}`: {INI_BY_HAND}")
    if args.known("exclusive") is False:
        raise Left("values beside others (`exclusive: false`): write all of them, as a list")
    args.taken.update(("modify_inactive_option", "follow"))
    path, section = args.needed("path", "dest"), args.text("section") or ""
    option, value = args.text("option"), _value(args)
    create = args.flag("create")
    return "ini", given(
        {
            "path": path,
            **_options(args.choice("state", "present"), section, option, value),
            "create": True if create is None else create,
            **args.attributes(),
        }
    )


ALONE = object()
"""The value of an option that stands there without one."""


def _value(args: Arguments) -> Any:
    """Return a text, a list of several, ALONE or None."""
    value, values, alone = args.text("value"), args.take("values"), args.known("allow_no_value")
    if values is not None and not isinstance(values, list):
        raise Left("`values` is no list")
    if values:
        return [str(each) for each in values] if len(values) > 1 else str(values[0])
    return ALONE if value is None and alone else value


def _options(state: str, section: str, option: str | None, value: Any) -> Params:
    if state == "absent":
        return {"remove": mapping({section: [option] if option else []})}
    if option is None or value is None:
        raise Left("a section without options, or an option without a value")
    if value is ALONE:
        value = None
    return {"set": mapping({section: {option: value}})}


MODULES = {"lineinfile": lineinfile, "blockinfile": blockinfile, "ini_file": ini_file}
