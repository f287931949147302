"""The README tells of what is there, and shows what the demo really prints."""

import re
from pathlib import Path

from hardener.cli import COMMANDS, EPILOG
from hardener.resources import shipped_types

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
# What differs from run to run.
VARYING = (
    (r"^\$ \S+ ", "$ harden "),
    (r"harden-demo-\w+", "harden-demo-X"),
    (r"/\S+/harden-demo-X", "/tmp/harden-demo-X"),
    (r"\b[0-9a-f]{64}\b", "HASH"),
)


def plain(text: str) -> list[str]:
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text.splitlines()


def rows(heading: str) -> dict[str, str]:
    """Return {first cell: second cell} of the first table below a heading, ticks and links removed."""
    table = README.partition(heading)[2].partition("|\n\n")[0]
    cells = re.findall(r"^\| (\S.*?) \| (.*?) \|$", table + "|", re.MULTILINE)
    return {re.sub(r"[`\[]|\].*", "", first): second for first, second in cells}


def test_every_step_type_is_named_with_its_page():
    assert list(rows("## Step types")) == list(shipped_types("steps"))
    for page in re.findall(r"\]\((docs/[^)]*)\)", README):
        assert (Path(__file__).parents[2] / page).exists(), page


def test_every_command_is_named_and_no_other():
    named = [first.split()[1] for first in rows("## Commands")]
    assert sorted(named) == sorted(COMMANDS)


def test_exit_codes_are_those_of_the_help():
    told = dict(re.findall(r"^  (\d+) +(.*)$", EPILOG, re.MULTILINE))
    assert {code: text.replace("`", "") for code, text in rows("Exit codes:").items()} == told


def test_the_screen_is_what_the_demo_prints(ordinary):
    screen = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert screen
    printed = iter(plain(ordinary.stdout))
    for line in plain(screen[1]):
        if line != "…":
            assert line in printed, f"the demo does not print (there): {line}"
