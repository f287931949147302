"""A second run of playbooks/droplet.yml over SSH, where nothing is left to do. Needs root.

python -m benchmarks.second_run --rounds 15
python -m benchmarks.second_run --hosts 10         # all of them at once
python -m benchmarks.second_run --rtt 0.05         # so many seconds away, through a relay
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from benchmarks.rig import ROOT, Rig, rig
from benchmarks.timing import Case, measure, parser, show

BARE, FLOOR = "push: python3 -c pass", "push: the same questions"
PLAYBOOK = str(ROOT / "playbooks" / "droplet.yml")


def main() -> None:
    wanted = arguments()
    with rig(droplet=True, hosts=wanted.hosts) as made:
        apply(made, "root", wanted.playbook)
        with made.far(wanted.rtt) if wanted.rtt else nullcontext():
            for user in wanted.users.split(","):
                times = measure(cases(made, user, wanted.playbook), wanted.rounds)
                show(f"Second run of {wanted.playbook.name} {how(user, wanted)}", times, FLOOR)


def arguments() -> argparse.Namespace:
    known = parser(__doc__ or "", rounds=11)
    known.add_argument("--playbook", type=Path, default=Path(PLAYBOOK), help="another one")
    known.add_argument("--users", default="root,nopass", help="of the host: root, nopass (by sudo)")
    known.add_argument("--hosts", type=int, default=1, help="how many droplets, all at once (1)")
    known.add_argument("--rtt", type=float, default=0.0, help="seconds there and back (none)")
    return known.parse_args()


def how(user: str, wanted: argparse.Namespace) -> str:
    words = ["as root" if user == "root" else "through sudo"]
    words += [f"on {wanted.hosts} hosts"] if wanted.hosts > 1 else []
    words += [f"{wanted.rtt * 1e3:.0f} ms away"] if wanted.rtt else []
    return ", ".join(words)


def cases(made: Rig, user: str, playbook: Path) -> list[Case]:
    return [
        Case(BARE, partial(made.push, user, "nothing.py")),
        Case(FLOOR, partial(made.push, user, "droplet.py", "again")),
        Case("harden apply", partial(apply, made, user, playbook)),
    ]


def apply(made: Rig, user: str, playbook: Path) -> None:
    """Swap is left out: it belongs to the machine, not to its test hosts."""
    made.harden(user, "apply", str(playbook), "--skip-tags", "swap", "--yes")


if __name__ == "__main__":
    main()
