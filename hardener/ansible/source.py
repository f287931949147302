"""Read YAML as Ansible does (1.1: `yes` is true, `0644` a number), with lines and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from hardener.errors import PlaybookError, UsageError
from hardener.playbook.syntax import explain

TAG = "tag:yaml.org,2002:"
SECRET = ("!vault", "!unsafe")
COMMENT = re.compile(r"[ \t]*#[^\n]*")


class Map(dict[str, Any]):
    """A mapping that knows its lines: `line` to `end` (not included), from 0; `lines` of its keys."""

    line = 0
    end = 0

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


class Octal(int):
    """A number that was written in octal: `0644`."""


class Tagged(str):
    """A text with a tag that is kept: `!vault`, `!unsafe`."""

    __slots__ = ("tag",)
    tag: str


class Source:
    """One file of theirs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {path}", why=str(error)) from None
        self.lines = self.text.splitlines()
        self.vaulted = self.text.startswith("$ANSIBLE_VAULT")
        self.data = None if self.vaulted else self._read()
        self._comments = [] if self.vaulted else list(_comments(self.text))

    def _read(self) -> Any:
        try:
            node = yaml.compose(self.text, yaml.SafeLoader)
            return None if node is None else _plain(node)
        except RecursionError:
            raise UsageError(f"{self.path} nests too deep, or an alias holds itself") from None
        except yaml.YAMLError as error:
            raise PlaybookError([explain(error, str(self.path), tuple(self.lines))]) from None

    def comments(self, before: int) -> list[str]:
        """Take the comments above a line that nobody has taken yet."""
        taken = [text for line, text in self._comments if line < before]
        self._comments = [each for each in self._comments if each[0] >= before]
        return taken

    def excerpt(self, start: int, end: int) -> list[str]:
        """Return lines without the indent that they share."""
        lines = [line for line in self.lines[start:end] if line.strip()]
        shared = min((len(line) - len(line.lstrip()) for line in lines), default=0)
        return [line[shared:] for line in lines]

    def place(self, line: int) -> str:
        """Write `file:line` of a line that counts from 0."""
        return f"{self.path}:{line + 1}"


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    found = Map()
    found.line, found.end = node.start_mark.line, _end(node)
    for key, value in _pairs(node):
        found[str(key.value)] = _plain(value)
        found.lines[str(key.value)] = key.start_mark.line
    return found


def _pairs(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Yield what `<<` brings first: what a mapping says itself wins."""
    for key, value in node.value:
        if key.tag == TAG + "merge":
            sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for each in sources:
                yield from _pairs(each)
    for key, value in node.value:
        if key.tag != TAG + "merge":
            yield key, value


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.tag in SECRET:
        tagged = Tagged(text)
        tagged.tag = node.tag
        return tagged
    if node.tag == TAG + "bool":
        return text.lower() in ("yes", "true", "on", "y")
    if node.tag == TAG + "null":
        return None
    if node.tag == TAG + "int" and re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
        return int(text)
    if node.tag == TAG + "int" and re.fullmatch(r"0o?[0-7]+", text):
        return Octal(text.replace("o", ""), 8)
    return text  # floats, dates and 22:22 stay as they were written


def _end(node: yaml.Node) -> int:
    """Return the line after a node; the mark of a block is behind the comments that follow it."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return max(_end(each) for pair in node.value for each in pair)
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return max(map(_end, node.value))
    mark = node.end_mark
    return mark.line + bool(mark.column)


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each comment: what stands between two tokens and is no blank."""
    at = 0
    for token in yaml.scan(text, yaml.SafeLoader):
        if token.start_mark.index > at:
            yield from _between(text, at, token.start_mark.index)
        at = max(at, token.end_mark.index)
    yield from _between(text, at, len(text))


def _between(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    line = text.count("\n", 0, start)
    for each in text[start:end].split("\n"):
        if COMMENT.fullmatch(each):
            yield line, each.strip()
        line += 1
