"""Long lines and long files: time grows as they do. A step that is quadratic takes hours here."""

import time
from contextlib import suppress
from functools import partial

import pytest

from hardener.host.errors import Refused
from hardener.host.text import block, lines
from hardener.host.text.dialects import GENERIC, GIT, MYCNF, PHP, SUPERVISOR, SYSTEMD
from hardener.host.text.gitignore import Gitignore
from hardener.host.text.ini import Ini

LONG = 40_000
SHAPES = {
    "spaces": " " * LONG + "x\n",
    "spaces between": "a" + " " * LONG + "b\n",
    "spaces in a value": "a = " + " " * LONG + "b = " + " " * LONG + "\n",
    "marks of comments": "a = " + "; " * LONG + "\n",
    "quotes": "[" + '"' * LONG + "\na = " + '"' * LONG + "\n",
    "backslashes": 'a = "' + "\\" * LONG + "\n",
    "lines that go on": "a = 1\\\n" * LONG,
    "indented lines": "a = 1\n" + " b\n" * LONG,
    "comments after an option": "a = 1\n" + "#\n" * LONG,
    "nearly a mark": "#" + " " * LONG + "BEGIN hardener" + " " * LONG + "\n",
    "no newline": "x" * LONG,
    "brackets": "[" * LONG + "\n" + "[a" * LONG,
    "lines": "k = v\n" * LONG,
    "carriage returns": "\r" * LONG,
}
EDITS = {
    "line": lambda text: lines.ensure(text, "new = 1", "^new", insertafter="^a"),
    "line absent": lambda text: lines.remove(text, "a = 1", "^b$"),
    "block": lambda text: block.put(text, "x", "1\n2"),
    "gitignore": lambda text: str(Gitignore(text).add("A", ["*.log"])),
}
for each in (GENERIC, SUPERVISOR, PHP, MYCNF, SYSTEMD, GIT):
    EDITS["ini " + each.name] = partial(
        lambda dialect, text: Ini(text, dialect).set("s", "k", "v"), each
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("edit", EDITS)
def test_time_grows_as_the_text_does(shape, edit):
    started = time.process_time()
    with suppress(Refused):
        EDITS[edit](SHAPES[shape])
    assert time.process_time() - started < 20
