"""A second run of playbooks/droplet.yml over SSH, where nothing is left to do. Needs root.

python -m benchmarks.second_run --rounds 15
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from benchmarks.rig import ROOT, Rig, rig
from benchmarks.timing import Case, measure, parser, show

BARE, FLOOR = "push: python3 -c pass", "push: the same questions"
AGAIN = "droplet_again.py"
PLAYBOOK = str(ROOT / "playbooks" / "droplet.yml")


def main() -> None:
    wanted = arguments()
    with rig(droplet=True) as made:
        apply(made, "root", wanted.playbook)
        for user in wanted.users.split(","):
            times = measure(cases(made, user, wanted.playbook), wanted.rounds)
            how = "as root" if user == "root" else "through sudo"
            show(f"Second run of {wanted.playbook.name} {how}", times, FLOOR)


def arguments() -> argparse.Namespace:
    known = parser(__doc__ or "", rounds=11)
    known.add_argument("--playbook", type=Path, default=Path(PLAYBOOK), help="another one")
    known.add_argument("--users", default="root,nopass", help="of the host: root, nopass (by sudo)")
    return known.parse_args()


def cases(made: Rig, user: str, playbook: Path) -> list[Case]:
    return [
        Case(BARE, partial(made.push, user, "nothing.py")),
        Case(FLOOR, partial(made.push, user, AGAIN)),
        Case("harden apply", partial(apply, made, user, playbook)),
    ]


def apply(made: Rig, user: str, playbook: Path) -> None:
    """Swap is left out: it belongs to the machine, not to its test hosts."""
    made.harden(user, "apply", str(playbook), "--skip-tags", "swap", "--yes")


if __name__ == "__main__":
    main()
