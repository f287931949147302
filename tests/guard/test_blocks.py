"""No block of code in the documentation is without somebody who runs it: blocks.yml says who.

Blocks of docs/steps/ and docs/checks/ are the examples of schemas: tests/hosts/test_examples.py plans them.
"""

import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from hardener.inventory import load

ROOT = Path(__file__).resolve().parents[2]
KNOWN = yaml.safe_load(Path(__file__).with_name("blocks.yml").read_text())
FENCED = re.compile(
    r"^```\w*\n(?P<fenced>(?:.*\n)*?)```|(?<=\n\n)(?P<indented>(?:    .*\n)+)", re.MULTILINE
)
GENERATED = ("docs/steps", "docs/checks", "docs/adr")
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("playbooks/*.md")]
    if str(page.parent.relative_to(ROOT)) not in GENERATED
)
PLACEHOLDER = re.compile(r"^[A-Z]+$")


class Block(NamedTuple):
    """`how` is the word of blocks.yml, with what stands behind it."""

    page: str
    text: str
    begins: str
    how: list[str]


def texts(page: str) -> list[str]:
    found = FENCED.finditer((ROOT / page).read_text("utf-8"))
    return [each["fenced"] or re.sub(r"(?m)^    ", "", each["indented"]) for each in found]


def blocks(*hows: str) -> Any:
    found = [
        Block(page, text, begins, how.split())
        for page, listed in KNOWN["pages"].items()
        for text, (begins, how) in zip(texts(page), listed, strict=False)
    ]
    return [
        pytest.param(each, id=f"{each.page}-{each.begins}") for each in found if each.how[0] in hows
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_known(page: str) -> None:
    begins = [begin for begin, _ in KNOWN["pages"].get(page, [])]
    found = texts(page)
    assert len(found) == len(begins), f"{[text[:40] for text in found]}: blocks.yml knows {begins}"
    assert [b for text, b in zip(found, begins, strict=True) if not text.startswith(b)] == []


def test_each_is_run_in_a_way_that_is_there() -> None:
    ways = {how.split()[0] for listed in KNOWN["pages"].values() for _, how in listed}
    assert ways <= {"planned", "inventory", "run", "by", "shown", "suite", "picture"}


def commands(text: str) -> Iterator[str]:
    """Yield the commands of a block: after `$` where there are any, `run:` or `script:` of a workflow."""
    text = text.replace("\\\n", " ")
    typed = re.findall(r"(?m)^\$ (.*)$", text) or text.splitlines()
    for line in typed:
        found = re.fullmatch(r"(?:.*?(?:run|script): |[\d* ]+)?((?:.*\| )?harden .*)", line)
        if found:
            yield found[1].partition("  # ")[0]


def stage(folder: Path, world: str) -> dict[str, str]:
    """Lay the files of a world; return the environment of who types there."""
    for name, text in KNOWN["worlds"][world].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace("…", str(folder)))
    for name, sql in KNOWN["databases"].get(world, {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(folder / name)) as database:
            database.execute(sql)
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"), "TZ": "UTC", "LC_ALL": "C.UTF-8",
            **KNOWN["environment"].get(world, {})}  # fmt: skip


@pytest.mark.parametrize("block", blocks("run"))
def test_its_commands_run(block: Block, tmp_path: Path) -> None:
    world, *end = block.how[1:]
    environment = stage(tmp_path, world)
    found = list(commands(block.text))
    assert found
    for command in found:
        typed = command
        for words, instead in KNOWN["instead"].items():
            typed = typed.replace(words, instead)
        if "harden apply" in typed and "--dry-run" not in typed:
            typed += " --yes"  # nobody is asked here
        if "harden apply" in typed and " -i " not in typed:
            typed += " --root one"  # not this very machine
        own = {k: v for k, v in environment.items() if " --vault" not in typed or "VAULT" not in k}
        done = subprocess.run(["sh", "-c", typed], cwd=tmp_path, env=own, timeout=120, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)  # fmt: skip
        assert done.returncode == int(end[0] if end else 0), (command, done.stdout, done.stderr)


@pytest.mark.parametrize("block", blocks("by"))
def test_its_words_stand_in_the_test(block: Block) -> None:
    places = [ROOT / name for name in block.how[1:]]
    there = [
        each for place in places for each in ([place] if place.is_file() else place.glob("*.py"))
    ]
    assert there, block.how
    text = "\n".join(each.read_text("utf-8") for each in there)
    for command in commands(block.text):
        words = shlex.split(command, comments=True)
        at = next(n for n, word in enumerate(words) if word.rpartition("/")[2] == "harden")
        for word in [f"harden {words[at + 1]}", *(w for w in words[at:] if w.startswith("--"))]:
            assert word in text, word


@pytest.mark.parametrize("block", blocks("by"))
def test_what_it_shows_is_what_the_transcript_shows(block: Block) -> None:
    transcripts = [ROOT / name for name in block.how[1:] if name.endswith(".txt")]
    if not transcripts or "\n" not in block.text.strip() or block.begins.startswith("harden"):
        return
    shown = "\n".join(each.read_text("utf-8") for each in transcripts).splitlines()
    lines = [line for line in block.text.splitlines() if line and not line.startswith("$ ")]
    assert [line for line in lines if normal(line) not in shown] == []


def normal(line: str) -> str:
    """Return a line without the names that a reader chose otherwise."""
    return re.sub(r"^hardened/site\.yml", "ours.yml", line)


@pytest.mark.parametrize("block", blocks("inventory"))
def test_an_inventory_is_loaded(block: Block, tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(block.text)
    assert load([str(tmp_path / "hosts.yml")]).hosts


@pytest.mark.parametrize("block", blocks("planned"))
def test_a_playbook_is_planned(block: Block, tmp_path: Path) -> None:
    """On a host in a folder; `refused` says what such a host can't have, and must say just that."""
    environment = stage(tmp_path, "hosts")
    text = block.text.replace("steps: …", "steps: []")
    (tmp_path / "play.yml").write_text(text)
    command = ["harden", "apply", "play.yml", "-i", "hosts.yml", "--dry-run"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, timeout=120, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)  # fmt: skip
    said = done.stdout + done.stderr
    refused = " ".join(block.how[1:])
    assert (done.returncode == 1 and refused in said) if refused else done.returncode == 0, said


@pytest.mark.parametrize("block", blocks("suite"))
def test_what_the_suite_runs_is_there(block: Block) -> None:
    for line in block.text.splitlines():
        for word in shlex.split(line, comments=True):
            if re.match(r"(scripts|tests)/", word):
                assert (ROOT / word.partition("::")[0].rstrip(":")).exists(), word
