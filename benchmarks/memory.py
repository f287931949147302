"""What many `file` steps cost the controller in memory: to read them alone, and to run them.

python -m benchmarks.memory --counts 1000,10000

The playbook itself has to be held: its text, the nodes of YAML, where each value stands, and the
steps. `harden validate` holds just that; what an apply needs more for each step is what its runs add.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.file_steps import numbers, playbook
from benchmarks.rig import local
from benchmarks.timing import folder_of_a_host

# harden in a Python that says in the end how much memory it had at most (proc(5)).
COMMAND = """
import os, sys
from hardener.cli import main
end = os._exit
def told(status):
    most = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    os.write(2, most.encode())
    end(status)
os._exit = told
main()
"""


def main() -> None:
    wanted = arguments()
    with folder_of_a_host() as scratch:
        rows = {count: measured(Path(scratch), count) for count in wanted.counts}
    sys.stdout.write("\n".join(table(rows)) + "\n")


def table(rows: dict[int, list[int]]) -> list[str]:
    """Lay out {steps: kB of memory of each command}, and what a step more costs."""
    lines = [
        "Memory of the controller, in MB",
        line("steps", ["validate", "first run", "second run"]),
    ]
    lines += [line(count, [f"{kb / 1e3:.1f}" for kb in row]) for count, row in rows.items()]
    few, many = min(rows), max(rows)
    if few < many:
        pairs = zip(rows[few], rows[many], strict=True)
        lines.append(line("kB a step", [f"{(b - a) / (many - few):.1f}" for a, b in pairs]))
    return lines


def line(name: object, cells: list[str]) -> str:
    return f"{name!s:>9}" + "".join(f"{cell:>12}" for cell in cells)


def arguments() -> argparse.Namespace:
    known = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    known.add_argument("--counts", type=numbers, default=[1000, 10000], help="how many steps")
    return known.parse_args()


def measured(scratch: Path, count: int) -> list[int]:
    """Return kB of memory at most: of validate, of a first run, of a second."""
    path, root = playbook(scratch, count), scratch / f"root-{count}"
    root.mkdir()
    env = local(root)
    run = ["apply", str(path), "--root", str(root), "--yes"]
    return [most(words, env) for words in (["validate", str(path)], run, run)]


def most(words: list[str], env: dict[str, str]) -> int:
    command = [sys.executable, "-c", COMMAND, *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{words} failed\n{done.stdout}{done.stderr}")
    return int(done.stderr.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()
