"""What is sent to hosts says the same without its comments, and each line keeps its number."""

import ast
import textwrap

import pytest

from hardener.connect.bare import bare
from hardener.connect.code import host_files

FILES = host_files()
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def meaning(source: str) -> str:
    """The syntax tree without docstrings, or what stands in their place."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.dump(tree)


def defined(source: str) -> list[tuple[str, int]]:
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, DOCUMENTED[1:])]
    return [(node.name, node.lineno) for node in nodes]


@pytest.mark.parametrize("name", FILES)
def test_says_the_same(name: str) -> None:
    source, short = FILES[name], bare(FILES[name])
    assert meaning(short) == meaning(source)
    assert defined(short) == defined(source)
    assert len(short.split("\n")) == len(source.split("\n"))


def test_leaves_out_what_people_read() -> None:
    source = textwrap.dedent('''\
        """Two lines

        of it."""

        # why
        LIMIT = 5  # seconds
        TEXT = """
        # no comment
        """
        SIGN = "a  # b"


        class Odd(Exception):
            """All that it holds."""


        def odd(x):
            # why

            """One line."""
            return x  # this
    ''')
    shorter = textwrap.dedent('''\
        ...




        LIMIT = 5
        TEXT = """
        # no comment
        """
        SIGN = "a  # b"


        class Odd(Exception):
            ...


        def odd(x):


            ...
            return x
    ''')
    assert bare(source) == shorter
