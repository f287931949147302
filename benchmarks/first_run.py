"""A first run of playbooks/droplet.yml over SSH, on a droplet as it was found. Needs root.

python -m benchmarks.first_run --rounds 7

The programs go on as they are (`keep_running`): how long they take to start again is their own
time. Before each run, untimed, all is put back.
"""

from __future__ import annotations

import json
from functools import partial

from benchmarks.rig import Rig, rig
from benchmarks.second_run import BARE, PLAYBOOK
from benchmarks.timing import Case, measure, parser, show

FLOOR = "push: the same changes"
APP = "/home/trader/trading-system"
CHANGED = (f"{APP}/backend/supervisord.conf", f"{APP}/.gitignore")
DATABASE = f"{APP}/backend/data/trade_history/trades.db"
NEW = ("/etc/logrotate.d/trading-system", f"{APP}/scripts/monitor_performance.sh", "/var/lib/floor")
KEPT = "/root/as-it-was"


def main() -> None:
    wanted = parser(__doc__ or "", rounds=7).parse_args()
    with rig(droplet=True) as made:
        made.host.sh(f"mkdir {KEPT}; cp -p --parents {' '.join(CHANGED)} {KEPT}")
        show("First run of droplet.yml as root", measure(cases(made), wanted.rounds), FLOOR)


def cases(made: Rig) -> list[Case]:
    forget, forget_all = (partial(put_back, made, code) for code in (False, True))
    return [
        Case(BARE, partial(made.push, "root", "nothing.py")),
        Case(FLOOR, partial(made.push, "root", "droplet.py", "first"), forget),
        Case("harden apply", partial(apply, made), forget),
        Case("harden apply, its code not there", partial(apply, made), forget_all),
    ]


def apply(made: Rig) -> None:
    from lab.droplet import PROCESSES

    programs = sorted({name.partition(":")[0] for name in PROCESSES})
    options = json.dumps({"keep_running": programs})
    made.harden("root", "apply", PLAYBOOK, "--skip-tags", "swap", "--yes", "-e", options)


def put_back(made: Rig, code: bool) -> None:
    """Have the droplet as it was found; harden's own code may stay there."""
    from lab.droplet import wait_for_programs

    drop = "".join(f"DROP INDEX IF EXISTS idx_trades_{n};" for n in ("date", "symbol", "status"))
    state = "/var/lib/hardener"
    spared = "" if code else "! -name code"
    made.host.sh(
        f"rm -rf {' '.join(NEW)}; cp -rp {KEPT}/home /; sqlite3 -cmd '.timeout 20000' {DATABASE} '{drop}'\n"
        f"[ ! -d {state} ] || find {state} -mindepth 1 -maxdepth 1 {spared} -exec rm -rf {{}} +\n"
        f"supervisorctl -c {CHANGED[0]} reread"
    )
    wait_for_programs(made.host, 120)


if __name__ == "__main__":
    main()
