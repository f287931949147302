"""Many `file` steps, first and second run, in a folder and over SSH (which needs root).

python -m benchmarks.file_steps --counts 100,1000 --rounds 7
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.rig import FLOORS, HARDEN, Rig, local, rig
from benchmarks.timing import Case, folder_of_a_host, measure, parser, quietly, show

OURS, THEIRS = "/srv/ours/many", "/srv/floor/many"


def main() -> None:
    wanted = arguments()
    with folder_of_a_host(wanted.folder) as scratch:
        playbooks = {count: playbook(Path(scratch), count) for count in wanted.counts}
        if "local" in wanted.where:
            for count, path in playbooks.items():
                in_folder(Path(scratch) / f"root-{count}", path, count, wanted)
        if "ssh" in wanted.where:
            with rig() as made:
                for count, path in playbooks.items():
                    over_ssh(made, path, count, wanted)


def arguments() -> argparse.Namespace:
    known = parser(__doc__ or "", rounds=7)
    known.add_argument("--counts", type=numbers, default=[100, 1000], help="how many steps")
    known.add_argument("--where", type=words, default=["local", "ssh"], help="local,ssh")
    known.add_argument("--runs", type=words, default=["first", "second"], help="first,second")
    known.add_argument("--folder", help="a folder on the disk to be measured (not tmpfs)")
    return known.parse_args()


def words(text: str) -> list[str]:
    return text.split(",")


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def playbook(place: Path, count: int) -> Path:
    """Write a playbook of `count` files, each a step, below a folder that the first step makes."""
    lines = ["- hosts: all", "  become: true", "  steps:"]
    folders = ("/srv", "/srv/ours", OURS)
    lines += [f"    - file: {{path: {folder}, state: directory}}" for folder in folders]
    lines += [
        f"    - name: file {n}\n"
        f'      file: {{path: {OURS}/file-{n}, content: "line {n}\\n", mode: "0644"}}'
        for n in range(count)
    ]
    path = place / f"{count}-files.yml"
    path.write_text("\n".join(lines) + "\n")
    return path


def in_folder(root: Path, path: Path, count: int, wanted: argparse.Namespace) -> None:
    env = local(root)
    floor = [sys.executable, "-I", "-S", str(FLOORS / "files.py"), f"{root}{THEIRS}", str(count)]
    harden = [HARDEN, "apply", str(path), "--root", str(root), "--yes"]

    def forget() -> None:
        """All but the code, which may be compiled just now."""
        kept = (root / "var/lib/hardener").glob("*")
        for part in (root / "srv", *(each for each in kept if each.name != "code")):
            shutil.rmtree(part, ignore_errors=True)

    compare(
        f"{count} files in a folder", lambda word: quietly([*floor, word]),
        partial(quietly, harden, env), forget, wanted,
    )  # fmt: skip


def over_ssh(made: Rig, path: Path, count: int, wanted: argparse.Namespace) -> None:
    def forget() -> None:
        rest = "find /var/lib/hardener -mindepth 1 -maxdepth 1 ! -name code -exec rm -rf {} +"
        made.host.sh(f"rm -rf /srv/*; [ ! -d /var/lib/hardener ] || {rest}")

    compare(
        f"{count} files over SSH",
        lambda word: made.push("root", "files.py", THEIRS, str(count), word),
        partial(made.harden, "root", "apply", str(path), "--yes"), forget, wanted,
    )  # fmt: skip


def compare(
    title: str,
    floor: Callable[[str], None],
    harden: Callable[[], None],
    forget: Callable[[], None],
    wanted: argparse.Namespace,
) -> None:
    """Time first runs, each on a host that knows nothing of it, then second runs."""
    if "first" in wanted.runs:
        cases = [
            Case("floor: write", partial(floor, "write"), forget),
            Case("harden apply", harden, forget),
        ]
        show(f"{title}, first run", measure(cases, wanted.rounds), "floor: write")
    forget()
    floor("write")
    harden()
    if "second" in wanted.runs:
        cases = [Case("floor: read", partial(floor, "read")), Case("harden apply", harden)]
        show(f"{title}, second run", measure(cases, wanted.rounds), "floor: read")


if __name__ == "__main__":
    main()
