"""Which attributes of variables a template asks for (`out.stdout`), without rendering it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from jinja2 import TemplateError, nodes

from hardener.render.environment import SPARING, parsed, parsed_condition

Keys = tuple[str | int | None, ...]
"""Attributes and places in lists, from the left; None where only rendering tells which."""


class Asked(NamedTuple):
    """One use of a variable; `line` counts from 1 within the template."""

    name: str
    keys: Keys
    line: int


class Attributes(NamedTuple):
    """What a template asks for, what of it may be missing (`is defined`, `default`), and names of its own."""

    asked: tuple[Asked, ...] = ()
    spared: tuple[tuple[str, Keys], ...] = ()
    own: frozenset[str] = frozenset()


@lru_cache(maxsize=20_000)
def attributes(template: str) -> Attributes:
    """Find them; none in what cannot be read, which is told elsewhere."""
    return _found(parsed, template)


@lru_cache(maxsize=20_000)
def of_condition(expression: str) -> Attributes:
    """Find those of an expression that stands without braces, as in `when`."""
    return _found(parsed_condition, expression)


def _found(parse: Callable[[str], nodes.Template], text: str) -> Attributes:
    try:
        tree = parse(text)
    except TemplateError:
        return Attributes()
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    return Attributes(tuple(_asked(tree)), tuple(_spared(tree)), frozenset(own))


def _asked(tree: nodes.Node) -> Iterator[Asked]:
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        found = _of(node)
        if found:
            yield Asked(*found, node.lineno)


def _of(node: nodes.Node) -> tuple[str, Keys] | None:
    keys: list[str | int | None] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        keys.insert(0, node.attr if isinstance(node, nodes.Getattr) else _item(node.arg))
        node = node.node
    return (node.name, tuple(keys)) if isinstance(node, nodes.Name) else None


def _item(arg: nodes.Node) -> str | int | None:
    value = arg.value if isinstance(arg, nodes.Const) else None
    return value if isinstance(value, (str, int)) else None


def _spared(tree: nodes.Node) -> Iterator[tuple[str, Keys]]:
    """Yield what is asked whether it is there."""
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        found = _of(node.node) if node.name.rpartition(".")[2] in SPARING else None
        yield from [found] if found else []
    for compare in tree.find_all(nodes.Compare):
        for operand in compare.ops:  # 'stdout' in out
            found = _of(operand.expr) if operand.op in ("in", "notin") else None
            key = _item(compare.expr)
            yield from [(found[0], (*found[1], key))] if found and key is not None else []
