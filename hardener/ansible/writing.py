"""Write entries as people write YAML: in their order, with comments, lists indented."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import yaml

from hardener.ansible.source import Octal, Tagged
from hardener.dataclass import dataclass, field
from hardener.playbook.templates import has_template


@dataclass
class Entry:
    """One item of a list: a play, a step; without `data` it is but comments.

    `comments` stand above it; `gap` asks for an empty line before it; `place` is where it came from.
    Among the values of `data` may be `Entries`.
    """

    data: dict[str, Any] | None
    place: str
    comments: list[str] = field(default_factory=list)
    gap: bool = False


class Entries(list[Entry]):
    """A list that is written entry by entry."""

    def all(self) -> Iterator[Entry]:
        """Yield all entries, the inner ones too."""
        for entry in self:
            yield entry
            for value in (entry.data or {}).values():
                if isinstance(value, Entries):
                    yield from value.all()

    @property
    def turned(self) -> bool:
        return any(entry.data is not None for entry in self)


def document(entries: Entries, head: list[str], tail: list[str]) -> str:
    """Return a whole file: a list of plays, steps or handlers."""
    body = listed(entries) if entries.turned else [*listed(entries), "[]"]
    return "\n".join([*head, *body, *tail]) + "\n"


def listed(entries: Entries) -> list[str]:
    lines: list[str] = []
    for entry in entries:
        lines += [""] if entry.gap and lines else []
        lines += entry.comments
        if entry.data is not None:
            first, *rest = mapping(entry.data)
            lines += ["- " + first, *(_indented(line) for line in rest)]
    return lines


def mapping(data: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for name, value in data.items():
        if not isinstance(value, Entries):
            lines += plain({name: value})
        elif value.turned:
            lines += [f"{name}:", *map(_indented, listed(value))]
        else:
            lines += [f"{name}: []", *map(_indented, listed(value))]
    return lines or ["{}"]


def _indented(line: str) -> str:
    return "  " + line if line else ""


def plain(data: Any) -> list[str]:
    """Return the lines of data that holds no entries."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, width=4096, allow_unicode=True, indent=2
    )
    return text.removesuffix("\n").split("\n")


def commented(lines: list[str]) -> list[str]:
    return [f"# {line}".rstrip() for line in lines]


def sentence(text: str) -> list[str]:
    """Return a sentence as comments of a readable width."""
    return [f"# {line}" for line in textwrap.wrap(text, 98, break_long_words=False)]


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    lines = "\n" in text and not text.endswith("\n\n") and text[:1].strip()
    quoted = "\n" in text or text[:1].isdigit() or has_template(text) or text == ""
    style = "|" if lines else '"' if quoted else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


def _tagged(dumper: yaml.SafeDumper, text: Tagged) -> yaml.ScalarNode:
    return dumper.represent_scalar(text.tag, str(text), "|" if "\n" in text else '"')


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Tagged, _tagged)
_Dumper.add_multi_representer(dict, lambda dumper, data: dumper.represent_dict(dict(data).items()))
# A mode in a variable: as a number it would be 420 in our YAML too, and no mode is a number here.
_Dumper.add_representer(Octal, lambda dumper, number: dumper.represent_str(f"{number:04o}"))
