"""Conditions and templates: facts by our names, and what we do not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hardener.ansible.notes import Left
from hardener.ansible.source import Tagged
from hardener.playbook.templates import has_template
from hardener.render.ansible_names import FACTS

OF_PARTS = {
    "date_time.date": "facts.system.date",
    "lsb.codename": "facts.os.codename",
    "lsb.id": "facts.os.id",
    "lsb.release": "facts.os.version",
    "python.version": "facts.system.python",
}
PARTS = re.compile(rf"\bansible_(?:facts\.)?({'|'.join(map(re.escape, OF_PARTS))})\b")
OF_OS = ("facts.os.id", "facts.os.family", "facts.packages.manager", "facts.system.init")
"""Facts whose values are spelt otherwise here: what they are compared with is turned."""
SPELT = {
    "redhat": "rhel",
    "oraclelinux": "ol",
    "archlinux": "arch",
    "suse": "opensuse-leap",
    "linux mint": "linuxmint",
}
WORDS = {
    "facts.os.family": {"redhat": "RedHat"},
    "facts.os.id": {
        "rhel": "RedHat",
        "centos": "CentOS",
        "almalinux": "AlmaLinux",
        "ol": "OracleLinux",
        "arch": "Archlinux",
        "raspbian": "Debian",
    },
}
THEIRS = {fact: f"{words}.get({fact}, {fact} | capitalize)" for fact, words in WORDS.items()}
"""Such a fact where it is not compared but written: as Ansible spells it."""
ANSIBLE_OWN = (
    "ansible_failed_task", "ansible_failed_result", "ansible_host", "ansible_port", "ansible_user",
    "ansible_connection", "ansible_python_interpreter", "ansible_ssh_host", "ansible_ssh_port",
    "ansible_ssh_user", "ansible_ssh_private_key_file", "ansible_become_user",
)  # fmt: skip
"""What keeps its name: results of a rescue, and what an inventory says."""
TEXT = r"'[^']*'|\"[^\"]*\""
NAME = re.compile(
    r"""(?:\.?\s*\bansible_facts|\[(?P<p>['"])ansible_facts(?P=p)\])"""
    r"""(?:\.(?P<a>\w+)|\[(?P<q>['"])(?P<b>\w+)(?P=q)\])|"""
    r"""\[(?P<r>['"])(?P<c>ansible_\w+)(?P=r)\]|"""
    rf"""(?P<text>{TEXT})|\.?\s*\b(?P<d>ansible_\w+)"""
)
COMPARED = re.compile(
    rf"(?P<fact>{'|'.join(map(re.escape, OF_OS))})(?P<how>\s*(?:==|!=)\s*|\s+(?:not\s+)?in\s+)"
    rf"(?P<what>{TEXT}|[\[(][^\])]*[\])])"
)
BRACES = re.compile(r"(\{\{|\{%)(.*?)(\}\}|%\})", re.DOTALL)


def text(value: str) -> str:
    """Turn what stands in the braces of a template; raise Left for what is not known here."""
    return BRACES.sub(lambda found: found[1] + expression(found[2]) + found[3], value)


def expression(source: str) -> str:
    """Turn an expression of Jinja; raise Left for a fact that is not known here."""
    turned = NAME.sub(_fact, PARTS.sub(lambda found: OF_PARTS[found[1]], source))
    done = COMPARED.sub(_compared, turned)
    rest = COMPARED.sub("", turned)
    if any(f".{fact}" in rest for fact in THEIRS):
        raise Left("it writes what another host's system is called, which is spelt otherwise here")
    for fact, theirs in THEIRS.items():
        if re.search(rf"{re.escape(fact)}\b", rest) and fact not in source:
            done = _spelt(done, fact, theirs)
    return done


def _spelt(source: str, fact: str, theirs: str) -> str:
    """Spell a fact as Ansible does wherever it is not compared with a text."""
    both = re.compile(rf"{COMPARED.pattern}|{re.escape(fact)}\b")
    return both.sub(lambda found: found[0] if found["what"] else theirs, source)


def _fact(found: re.Match[str]) -> str:
    attribute = found[0][0] in ".["
    of_host = attribute and _of_host(found.string[: found.start()].rstrip())
    if found["text"] or attribute != of_host:
        return found[0]  # an attribute of something else is no fact: a result's `ansible_loop_var`
    own = found["c"] or found["d"]
    if own and (own in ANSIBLE_OWN or own.startswith("ansible_failed_result")):
        return found[0]
    ours = FACTS.get(found["a"] or found["b"] or own.removeprefix("ansible_"), "")
    if not ours or (of_host and not ours.startswith("facts.")):
        name = own or found[0].strip()
        raise Left(f"it uses `{name}`, which is not known here; `harden facts` prints what is")
    space = found[0][: len(found[0]) - len(found[0].lstrip())]
    return f".{ours}" if of_host else space + ours


def _of_host(before: str) -> bool:
    """Does this end with the variables of a host: `hostvars[name]`, `hostvars.name`?"""
    if not before.endswith("]"):
        return bool(re.search(r"\bhostvars\s*\.\s*\w+$", before))
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += {"]": 1, "[": -1}.get(before[at], 0)
        if not depth:
            return bool(re.search(r"\bhostvars\s*$", before[:at]))
    return False


def _compared(found: re.Match[str]) -> str:
    def ours(text: re.Match[str]) -> str:
        word = text[0][1:-1].lower()
        family = found["fact"] == "facts.os.family"
        return f"'{word if family else SPELT.get(word, word)}'"

    return found["fact"] + found["how"] + re.sub(TEXT, ours, found["what"])


def below(value: Any) -> Any:
    """Turn the templates in nested values."""
    if isinstance(value, dict):
        return {name: below(each) for name, each in value.items()}
    if isinstance(value, list):
        return [below(each) for each in value]
    return text(value) if isinstance(value, str) and not isinstance(value, Tagged) else value


LOOKED_AT = re.compile(r"(\w+)\|(changed|failed|skipped|success|succeeded)\b")
BARE = re.compile(r"(?:not\s+)?[A-Za-z_][\w.]*")


def condition(value: Any) -> Any:
    """Turn `when` and its like: braces go, `x|changed` becomes `x is changed`."""
    if isinstance(value, list):
        return [condition(each) for each in value]
    if not isinstance(value, str):
        return value
    bare = re.sub(r"^\s*\{\{(.*)\}\}\s*$", r"\1", value, flags=re.DOTALL).strip()
    return expression(LOOKED_AT.sub(r"\1 is \2", bare))


def maybe_not_boolean(value: Any) -> list[str]:
    """Return the conditions that are a mere name: what is no boolean is an error here."""
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str) and BARE.fullmatch(each)
            and not each.endswith((".changed", ".failed", ".skipped"))]  # fmt: skip


def mapping(pairs: dict[str, Any]) -> Any:
    """Return a mapping; as one template where a name in it is one, since names are not rendered."""
    if not any(map(has_template, _names(pairs))):
        return pairs
    return "{{ {" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in pairs.items()) + "} }}"


def _names(value: Any) -> Iterator[str]:
    for name, each in value.items() if isinstance(value, dict) else ():
        yield name
        yield from _names(each)


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return inside(value) if isinstance(value, str) and has_template(value) else repr(value)


def inside(value: Any) -> str:
    """Return the expression of a template that is nothing but `{{ expression }}`."""
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1:
        return text[2:-2].strip()
    if text and not has_template(text):
        return text  # `with_items: users` is the name of a variable
    if text:
        return _joined(text)
    raise Left("it is neither a list nor one template")


def _joined(text: str) -> str:
    """Return `a{{ b }}c` as `'a' ~ b ~ 'c'`."""
    if "{%" in text or "{#" in text:
        raise Left("it is neither a list nor one template")
    parts: list[str] = []
    for piece in text.split("{{"):
        found, ends, rest = piece.partition("}}")
        parts += [f"({found.strip()})", repr(rest)] if ends else [repr(found)]
    return " ~ ".join(part for part in parts if part != "''")
