"""Whatever stands in a playbook or an inventory: it is valid, or each mistake has its place, at once.

Never a traceback, and never more than a second: what is measured is our own thread's work, since
a machine may be busy with others'.
"""

import gc
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fuzz import DATA, fuzz, spoilt
from hypothesis import given
from hypothesis import strategies as st

from hardener.cli.extra_vars import read as read_extra_vars
from hardener.cli.inventory import shown
from hardener.errors import HardenerError, PlaybookError
from hardener.inventory import load as load_inventory
from hardener.playbook import read_playbook
from hardener.render.variables import connection_for, for_host

SECONDS = 1.0

PLAYBOOK: list[Any] = [
    {
        "name": "All",
        "hosts": "all",
        "vars": {"a": "1", "b": {"c": ["{{ a }}"]}},
        "serial": [1, "50%"],
        "tags": ["x"],
        "environment": {"LC_ALL": "C"},
        "preflight": [{"http": {"url": "http://localhost/", "status": 200}}],
        "steps": [
            {"file": {"path": "/x", "content": "{{ a }}", "mode": "0644"}, "when": "a == '1'"},
            {
                "name": "lines",
                "line": {"path": "/x", "line": "y"},
                "loop": [1, "2", {"x": 3}],
                "loop_control": {"label": "{{ item }}"},
                "register": "r",
                "notify": ["h"],
            },
            {"ini": {"path": "/i", "set": {"s": {"a": 1}}}, "no_log": True},
            {
                "command": {"cmd": "ls", "creates": "/y", "touches": ["/y"]},
                "until": ["result.changed"],
                "retries": 2,
            },
            {"sysctl": {"name": "n", "values": {"vm.swappiness": 10}}},
            {"swapfile": {"path": "/swap", "size": "2G"}},
            {
                "indexes": {
                    "sqlite": "/db",
                    "table": "t",
                    "indexes": [{"name": "i", "columns": ["a"]}],
                },
                "verify": [{"port": {"port": 22}}],
            },
        ],
        "handlers": [{"name": "h", "service": {"name": "ssh", "state": "reloaded"}}],
        "confirm_via": {"port": 22},
        "on_failure": "keep",
    }
]
INVENTORY: dict[str, Any] = {
    "all": {
        "hosts": {"web[01:03]": {"ansible_port": 22, "address": "::1"}, "db": None},
        "vars": {"user": "admin", "become": True, "ansible_ssh_common_args": "-o A=b"},
        "children": {
            "prod": {"children": {"web": {"hosts": {"w1": {}}, "vars": {"x": [1]}}}},
            "dev": {"hosts": "d1"},
        },
    }
}
# What YAML, Jinja, shells and our own formats make something of.
PIECES = st.sampled_from(
    [
        *("- ", "-", ": ", ":", "? ", "\n", "\n  ", "\n    ", "\t", " ", "#", "'", '"', "\\", "\r"),
        *("[", "]", "{", "}", ",", "&a ", "*a", "&b ", "*b", "<<: ", "<<", "|\n", ">-\n", "---\n"),
        *("...\n", "%YAML 1.1\n", "%", "@", "`", "!", "!!str ", "!!int ", "!!binary ", "!!set "),
        *(
            "!!timestamp ",
            "!!float ",
            "!!bool ",
            "!!null ",
            "!!omap ",
            "!!merge ",
            "!vault ",
            "!x ",
        ),
        *(
            "!!python/object/apply:os.system ",
            "!<tag:yaml.org,2002:int> ",
            "=",
            "~",
            "null",
            ".nan",
        ),
        *("-.inf", "1e999", "0x", "0o8", "0b2", "08", "1_000", "190:20:30", "2026-13-45", "true"),
        *(
            "2026-01-01t25:61:61",
            "on",
            "yes",
            "9" * 5000,
            "\ufeff",
            "\0",
            "\x85",
            "\u2028",
            "\udc80",
        ),
        *(
            "hosts",
            "hosts: all",
            "steps:",
            "vars",
            "children",
            "plugin",
            "file: ",
            "path: ",
            "name: ",
        ),
        *("when: ", "loop: ", "{{ a }}", "{{", "}}", "{% if", "%}", "{# ", "{{ a | b }}", "{{ a."),
        *(
            "[web]",
            "[web:vars]",
            "[web:children]",
            "[",
            "web[1:3]",
            "web[a:z:2]",
            "x=",
            "x='1",
            ";",
        ),
        *(
            "ansible_port=",
            "ansible_group_priority=",
            "1:",
            "::1",
            "[::1]:22",
            "é",
            "漢",
            "🦊",
            "a",
            "b",
        ),
    ]
)
TEXT = st.lists(PIECES, max_size=24).map("".join)
NUMBERS = itertools.count()


def in_time(do: Callable[[], Any]) -> Any:
    gc.freeze()  # what other tests have left is none of its work
    begun = time.thread_time()
    try:
        return do()
    finally:
        spent = time.thread_time() - begun
        gc.unfreeze()
        assert spent < SECONDS


def judged(do: Callable[[], Any], *, placed: bool = True) -> bool:
    """Do it; was it valid? Each mistake has a place and says something."""
    try:
        in_time(do)
    except PlaybookError as error:
        assert error.problems
        for each in error.problems:
            assert each.file, each
            assert each.line >= 1, each
            assert each.column >= 1, each
            assert each.what.strip(), each
        assert str(error)
        return False
    except HardenerError as error:
        assert not placed or error.where, error
        return False
    return True


class Files:
    """Writes what is tried into a new file each time, for what a loader keeps of earlier ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, what: bytes | str, ending: str) -> str:
        path = self.folder / f"{next(NUMBERS)}{ending}"
        data = what.encode("utf-8", "surrogateescape") if isinstance(what, str) else what
        path.write_bytes(data)
        return str(path)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def playbook(files: Files, what: bytes | str) -> bool:
    path = files.write(what, ".yml")
    return judged(lambda: read_playbook(path))


def inventory(files: Files, what: bytes | str, ending: str) -> bool:
    path = files.write(what, ending)
    return judged(lambda: used(path))


def used(path: str) -> None:
    """Load an inventory, and do all with it that is done before a host is reached."""
    found = load_inventory([path])
    for warning in found.warnings:
        assert str(warning)
    shown(found, "list", "", "")
    for host in found.hosts.values():
        try:
            connection_for(host, for_host(host, found))
        except HardenerError as error:
            assert error.where or "template" in str(error) or not host.source, error


@given(what=st.binary(max_size=200) | TEXT)
@fuzz(400)
def test_playbooks_of_anything(files: Files, what: bytes | str) -> None:
    playbook(files, what)


@given(what=st.binary(max_size=200) | TEXT, ending=st.sampled_from([".yml", "", ".json", ".ini"]))
@fuzz(800)
def test_inventories_of_anything(files: Files, what: bytes | str, ending: str) -> None:
    inventory(files, what, ending)


# As YAML holds them: text of every sign, no bytes that JSON lacks.
TREES = DATA | st.lists(TEXT, max_size=3) | TEXT


@given(tree=spoilt(st.just(PLAYBOOK), TREES))
@fuzz(300)
def test_playbooks_with_one_thing_spoilt(files: Files, tree: Any) -> None:
    playbook(files, yaml.dump(tree, allow_unicode=True))


@given(tree=spoilt(st.just(INVENTORY), TREES), ending=st.sampled_from([".yml", ".json"]))
@fuzz(200)
def test_inventories_with_one_thing_spoilt(files: Files, tree: Any, ending: str) -> None:
    text = json.dumps(tree, default=repr) if ending == ".json" else yaml.dump(tree)
    inventory(files, text, ending)


@given(text=TEXT, form=st.sampled_from(["{}", "a={}", "{{{}", "@{}"]))
@fuzz(300)
def test_variables_of_anything(files: Files, text: str, form: str) -> None:
    given_ = form.format(files.write(text, ".yml") if form == "@{}" else text)
    judged(lambda: read_extra_vars([given_]), placed=False)


def test_what_is_whole_is_valid(files: Files) -> None:
    """Else all of the above would be refused at its first line, and nothing be tried."""
    assert playbook(files, yaml.dump(PLAYBOOK))
    assert inventory(files, yaml.dump(INVENTORY), ".yml")
    assert inventory(files, json.dumps(INVENTORY), ".json")
    assert inventory(files, "[web]\nw1 x=1\n[web:vars]\ny={'a': [1]}\n", ".ini")


BOMBS = {
    "aliases": "a0: &a0 [x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
    "merges": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)),
    "in itself": "&a [*a]",
    "merged into itself": "&a {<<: *a}",
    "deep": "[" * 100_000,
    "deep blocks": "- " * 20_000,
    "deep mappings": "\n".join(" " * n + "a:" for n in range(300)),
    "deep braces": "{a: " * 20_000,
    "a long line": "a: " + "x" * 2_000_000,
    "many lines": "- hosts: all\n  steps: []\n" * 500,
    "a long number": "a: " + "9" * 1_000_000,
    "brackets": "web" + "[1:9]" * 500,
    "many duplicates": "a: 1\n" * 5_000,
    "many mistakes": "- {hosts: all, stpes: []}\n" * 500,
    "minus signs": "a b=" + "-" * 50_000 + "1",
    "parentheses": "a b=" + "(" * 50_000,
    "templates": "- hosts: all\n  vars: {a: '" + "{{ a " * 20_000 + "'}",
}


@pytest.mark.parametrize("ending", [".yml", "", ".json"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(files: Files, bomb: str, ending: str) -> None:
    inventory(files, BOMBS[bomb], ending)
    if ending == ".yml":
        playbook(files, BOMBS[bomb])
