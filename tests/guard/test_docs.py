"""What the documentation shows works: its playbooks are valid, its commands and options exist."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from hardener.cli import COMMANDS, commands
from hardener.playbook import language, read_playbook
from hardener.playbook.reader import Reader
from hardener.playbook.validate import validate

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("playbooks/*.md")])
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
BESIDE = {
    "base.yml": "- {hosts: all, verify: [{tcp: {port: 22}}]}\n",
    "steps/site.yml": "[]\n",
    "roles/common/steps/main.yml": "[]\n",
    "roles/monitoring/steps/main.yml": "[]\n",
    "roles/site/steps/main.yml": "[]\n",
    "vars/sites.d/shop.yml": "port: 8080\n",
}
"""Files that the playbooks of docs/playbooks.md speak of."""
OPTIONS_OF_ALL = {"-h", "--help", "--version"}


def blocks(*kinds: str) -> list[object]:
    """Return every fenced block of these kinds, named by page and line."""
    return [
        pytest.param(found["text"], id=f"{page.relative_to(ROOT)}:{line_of(text, found)}")
        for page in PAGES
        for text in [page.read_text("utf-8")]
        for found in BLOCK.finditer(text)
        if found["kind"] in kinds
    ]


def line_of(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1


@pytest.mark.parametrize("text", blocks("yaml", "yml"))
def test_a_playbook_is_valid(text: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    data = yaml.safe_load(text)
    if not isinstance(data, list):
        assert isinstance(data, dict)
        return  # an inventory, or variables
    for name, content in BESIDE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    if not any("hosts" in each for each in data):
        checks = request.node.callspec.id.startswith("docs/checks/")
        data = [{"hosts": "all", "verify" if checks else "steps": [each]} for each in data]
    path = tmp_path / "playbook.yml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    # The files that an example names are the reader's own.
    reader = Reader()
    assert not validate(reader.playbook(path), reader, language())


@pytest.mark.parametrize("path", sorted(ROOT.glob("playbooks/*.yml")), ids=lambda path: path.name)
def test_a_shipped_playbook_is_valid(path: Path) -> None:
    read_playbook(path)


def lines(text: str) -> Iterator[list[str]]:
    """Yield the words of each command: of lines after `$ ` where there are any, else of all."""
    text = text.replace("\\\n", " ")
    typed = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
    for line in typed or text.splitlines():
        yield shlex.split(line, comments=True)


@pytest.mark.parametrize("text", blocks("console", "sh", "shell", "bash"))
def test_commands_exist(text: str) -> None:
    for words in lines(text):
        for word in words:
            if word.startswith(("scripts/", "playbooks/", "templates/", "tests/", "docs/")):
                assert (ROOT / word).exists(), word
        if words[:1] == ["harden"]:
            check_command(words[1:])


def check_command(words: list[str]) -> None:
    """Fail for a command or an option that is not there."""
    known = set(OPTIONS_OF_ALL)
    if words and not words[0].startswith("-"):
        assert words[0] in COMMANDS, words
        command = commands.get_command(click.Context(commands), words[0])
        assert command is not None
        if isinstance(command, click.Group) and len(words) > 1 and words[1] in command.commands:
            command = command.commands[words[1]]
        known |= {opt for each in command.params for opt in (*each.opts, *each.secondary_opts)}
    for word in words:
        if word.startswith("-") and word not in ("-", "--"):
            assert word.partition("=")[0] in known, f"harden {words[0]} has no {word}"


def names(schema: object, prefix: str = "") -> Iterator[str]:
    """Every parameter at any depth, in whatever form its parent may have."""
    if isinstance(schema, dict):
        for name, each in schema.get("properties", {}).items():
            yield prefix + name
            yield from names(each, f"{prefix}{name}.")
        for form in schema.get("anyOf", ()):
            yield from names(form, prefix)
        yield from names(schema.get("items"), prefix[:-1] + "[].")


@pytest.mark.parametrize("kind", ["steps", "checks"])
def test_every_parameter_is_on_its_page(kind: str) -> None:
    for path in sorted((ROOT / "schemas" / kind).glob("*.json")):
        page = (ROOT / "docs" / kind / f"{path.stem}.md").read_text("utf-8")
        told = set(re.findall(r"^\| \**`([^`]+)`", page, re.MULTILINE))
        assert set(names(json.loads(path.read_text("utf-8")))) <= told, path.name
