"""Preview, apply, apply again, history, rollback, and the proof that all is as it was.

Every part is a command that a person could type, and is carried out by the very code that
would answer them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from hardener.dataclass import dataclass
from hardener.demo import tree
from hardener.demo.droplet import lay

SWAP = "swap_size=16M"  # the playbook's 2G would fill many a /tmp


class Stopped(Exception):
    """A part of the tour did not end as it should; the text says which."""


@dataclass
class Tour:
    """A tour through `playbook` on a droplet in `root`.

    `harden` runs a command line and returns its exit code; `shown` is how a person would
    begin it; `meanwhile` is called after the rollback, before the proof.
    """

    root: Path
    playbook: Path
    harden: Callable[[Sequence[str]], int]
    say: Callable[[str], None]
    shown: str = "harden"
    meanwhile: Callable[[Path], None] = lambda root: None

    def go(self) -> bool:
        """Take the whole tour; return whether the proof holds. Raises Stopped."""
        lay(self.root)
        before = tree.listing(self.root)
        self.say(f"A sample droplet lies in {self.root} ({count(before)}).")
        self.part("Preview: every difference, and nothing is changed", *self.apply("--dry-run"))
        self.unchanged("the preview", before)
        self.part("Apply: all that is changed is kept first", *self.apply("--yes"))
        applied = tree.listing(self.root)
        self.part("Apply again: nothing is left to do", *self.apply("--yes"))
        self.unchanged("the second run", applied)
        self.part("History: what this droplet remembers", "history")
        self.part("Rollback: put everything back", "rollback")
        self.meanwhile(self.root)
        return self.proof(before, applied)

    def apply(self, *flags: str) -> list[str]:
        return ["apply", str(self.playbook), "-e", SWAP, *flags]

    def part(self, heading: str, *words: str) -> None:
        """Show a heading and a command, and run it."""
        line = [*words, "--root", str(self.root)]
        self.say(f"\n── {heading}\n$ {shlex.join([self.shown, *line])}")
        code = self.harden(line)
        if code:
            raise Stopped(f"`{self.shown} {words[0]}` ended with exit code {code}")

    def unchanged(self, what: str, before: tree.Listing) -> None:
        moved = tree.differences(before, tree.listing(self.root))
        if moved:
            raise Stopped("\n".join([f"{what} changed the droplet:", *moved]))
        self.say(f"The droplet is byte for byte what it was before {what}.")

    def proof(self, before: tree.Listing, applied: tree.Listing) -> bool:
        """Show the hashes of before, between and after."""
        after = tree.listing(self.root)
        self.say("\n── Proof: one hash over every path, its content, mode, owner and attributes")
        for name, found in (("before", before), ("applied", applied), ("after", after)):
            self.say(f"{name:<9}{tree.seal(found)}  {count(found)}")
        for line in tree.differences(before, after):
            self.say(line)
        equal = before == after
        self.say(
            "The hashes before and after are equal: the rollback was whole."
            if equal
            else "The hashes before and after DIFFER: the rollback was not whole."
        )
        return equal


def count(found: tree.Listing) -> str:
    return f"{len(found)} files and folders"
